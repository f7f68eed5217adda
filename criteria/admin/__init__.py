from criteria.admin import assessments, evidence, law, proposals, registers

__all__ = ["assessments", "evidence", "law", "proposals", "registers"]
