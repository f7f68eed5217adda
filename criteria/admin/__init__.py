from criteria.admin import law

__all__ = ["law"]
