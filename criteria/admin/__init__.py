from criteria.admin import assessments, evidence, law, papers, proposals, registers

__all__ = ["assessments", "evidence", "law", "papers", "proposals", "registers"]
