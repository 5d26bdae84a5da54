"""Everything of GridApp that needs a screen: no rules, no SQL."""
