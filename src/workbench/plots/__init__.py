"""Drawing only: a tidy table and an axes in, the axes out."""
