from criteria.admin import assessments, law

__all__ = ["assessments", "law"]
