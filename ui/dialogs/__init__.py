"""One module per dialog. A dialog returns a frozen value; it saves nothing."""
