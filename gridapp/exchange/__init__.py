"""Files that carry facts between databases; knows no database."""
