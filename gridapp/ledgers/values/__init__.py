"""One module per kind of value a ledger's cell can hold."""
