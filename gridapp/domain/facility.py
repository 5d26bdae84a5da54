"""What a place of service in a community is for.

Source: the public facilities a grid platform lists (domain.md, grid platform content; six basic facilities).
"""

from __future__ import annotations

from dataclasses import dataclass

from gridapp.i18n import N_, _

_TITLES: dict[str, str] = {
    "service": N_("Community service centre"),
    "elder_care": N_("Elder care"),
    "canteen": N_("Canteen for elders"),
    "health": N_("Health station"),
    "police": N_("Police station"),
    "school": N_("School or kindergarten"),
    "culture": N_("Culture or sports"),
    "shop": N_("Shop or market"),
    "shelter": N_("Shelter"),
    "fire": N_("Fire protection"),
    "property": N_("Property management"),
    "other": N_("Other"),
}
FACILITY_KINDS = tuple(_TITLES)

_WORDS: dict[str, tuple[str, ...]] = {
    "service": ("党群", "社区服务", "服务中心", "服务站", "便民服务", "居委会", "社工站"),
    "elder_care": ("养老", "养老服务中心", "养老服务站", "照料中心", "照护", "敬老院", "托老", "颐养", "老年公寓"),
    "canteen": ("助餐", "食堂", "餐厅", "饭堂", "助餐服务站"),
    "health": ("卫生", "卫生服务中心", "卫生服务站", "卫生院", "医院", "诊所", "医务室", "门诊"),
    "police": ("派出所", "警务", "公安"),
    "school": ("学校", "小学", "中学", "幼儿园", "托育"),
    "culture": ("文化", "文化服务中心", "文体", "图书", "书屋", "体育", "健身", "活动室", "活动中心", "广场"),
    "shop": ("超市", "市场", "商店", "便利店", "商场"),
    "shelter": ("避难", "避险"),
    "fire": ("消防",),
    "property": ("物业", "物业服务中心"),
}
"""Words in lists of offices, by kind."""


@dataclass(frozen=True)
class Facility:
    """A facility as it is entered.

    Attributes:
        kind: One of FACILITY_KINDS.
        name: Its name.
        lon: Longitude, CGCS2000. [°]
        lat: Latitude. [°]
        address: In words, "" for none.
        area: Floor area, None when unknown. [m²]
        community: Code of its community; "" for the one whose grid it lies in.
    """

    kind: str
    name: str
    lon: float
    lat: float
    address: str = ""
    area: float | None = None
    community: str = ""


def facility_title(kind: str) -> str:
    """Return the name of a kind in the user's language."""
    return _(_TITLES[kind])


def kind_of(text: str) -> str | None:
    """Return the kind somebody means, None for none or when it could be two.

    A word of ours in either language or the key stands for its kind; otherwise the longest word that lists of
    offices use and the text holds, as 卫生服务站 does in 幸福路社区卫生服务站.
    """
    wanted = text.strip().casefold()
    for kind, title in _TITLES.items():
        if wanted in (kind, title.casefold(), _(title).casefold()):
            return kind
    held = {(len(word), kind) for kind, words in _WORDS.items() for word in words if word in wanted}
    longest = max((length for length, _kind in held), default=0)
    kinds = {kind for length, kind in held if length == longest}
    return kinds.pop() if len(kinds) == 1 else None
