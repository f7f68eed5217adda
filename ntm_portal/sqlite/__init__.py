"""Django's SQLite, which believes that a query carries 999 values at most (true before SQLite 3.32 of 2020)."""
