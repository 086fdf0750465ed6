"""One module a question: tables in, a frozen Result out."""
