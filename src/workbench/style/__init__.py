"""The house style of figures: colours that survive colour-blindness and grey print, and fonts."""

PALETTE = ("#0B5394", "#D9822B", "#2E8B74", "#8E5EA2", "#B23A48", "#6B7280")
"""Series colours, in the order of use; their grey values differ."""
ACCENT = PALETTE[0]
MUTED = "#9AA3AE"
"""For what stands behind: reference lines, intervals, the rest."""
