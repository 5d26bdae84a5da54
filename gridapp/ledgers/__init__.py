"""Ledgers in and out: Excel and CSV registers, read, checked and written.

Knows neither the database nor the screen: services pass in what they know and
take away frozen results. ``check_workbook`` is the way in.
"""
