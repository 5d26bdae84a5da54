"""Two small pages for tests of the window."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QLabel, QLineEdit
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridapp.domain.changes import Kind
from ui.pages.page import Page


def count_settings(session: Session) -> int:
    return int(session.execute(text("SELECT count(*) FROM setting")).scalar_one())


class FirstPage(Page):
    """Counts the stored settings."""

    key = "today"
    title = "First"
    concerns = frozenset({Kind.SETTING})

    def build(self) -> None:
        self.answers: list[Any] = []
        self.count_label = QLabel()
        self.name_edit = QLineEdit()
        self.name_edit.setAccessibleName("Name")
        self.body.addWidget(self.count_label)
        self.body.addWidget(self.name_edit)
        self.first_focus = self.name_edit

    def reload(self) -> None:
        self.load(count_settings)

    def show_data(self, data: Any) -> None:
        self.answers.append(data)
        self.count_label.setText(str(data))


class SecondPage(Page):
    """Keeps what it was opened with."""

    key = "residents"
    title = "Second"

    def build(self) -> None:
        self.arguments: list[object] = []

    def reload(self) -> None:
        self.load(count_settings)

    def show_data(self, data: Any) -> None:
        pass

    def open_with(self, argument: object) -> None:
        self.arguments.append(argument)
