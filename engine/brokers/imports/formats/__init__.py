"""One module a vendor: which columns tell its layout, and how its rows are read. No files here."""
