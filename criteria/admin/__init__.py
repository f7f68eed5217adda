from criteria.admin import assessments, evidence, law

__all__ = ["assessments", "evidence", "law"]
