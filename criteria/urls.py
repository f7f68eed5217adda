from django.urls import path

from criteria.views import assessment, assessments, evidence, registers, reviews, self_assessment, signing, uploads

ONE_ASSESSMENT = "assessments/<str:period_key>/<str:indicator_code>/<row:unit_id>/"

urlpatterns = [
    path("assessments/", assessments.assessments, name="assessments"),
    path("assessments/submit/", assessments.assessments_submit, name="assessments_submit"),
    path("assessments/<str:period_key>/self/<row:unit_id>/", self_assessment.self_assessment, name="self_assessment"),
    path(ONE_ASSESSMENT, assessment.assessment, name="assessment"),
    path(f"{ONE_ASSESSMENT}edit/", assessment.assessment_edit, name="assessment_edit"),
    path(f"{ONE_ASSESSMENT}submit/", assessment.assessment_submit, name="assessment_submit"),
    path(f"{ONE_ASSESSMENT}withdraw/", assessment.assessment_withdraw, name="assessment_withdraw"),
    path(f"{ONE_ASSESSMENT}examine/", assessment.assessment_examine, name="assessment_examine"),
    path(f"{ONE_ASSESSMENT}return/", assessment.assessment_return, name="assessment_return"),
    path(f"{ONE_ASSESSMENT}confirm/", assessment.assessment_confirm, name="assessment_confirm"),
    path(f"{ONE_ASSESSMENT}reopen/", assessment.assessment_reopen, name="assessment_reopen"),
    path(f"{ONE_ASSESSMENT}evidence/", evidence.assessment_evidence, name="assessment_evidence"),
    path("evidence/", evidence.evidence, name="evidence"),
    path("evidence/new/", evidence.evidence_new, name="evidence_new"),
    path("evidence/<uuid:pk>/", evidence.evidence_document, name="evidence_document"),
    path("evidence/<uuid:pk>/remove/", evidence.evidence_remove, name="evidence_remove"),
    path("evidence/<uuid:pk>/file/", evidence.evidence_file, name="evidence_file"),
    path("registers/", registers.registers, name="registers"),
    path("registers/<str:kind>/", registers.register, name="register"),
    path("registers/<str:kind>/new/", registers.register_new, name="register_new"),
    path("registers/<str:kind>/<row:pk>/", registers.register_row, name="register_row"),
    path("registers/<str:kind>/<row:pk>/edit/", registers.register_edit, name="register_edit"),
    path("registers/<str:kind>/<row:pk>/withdraw/", registers.register_withdraw, name="register_withdraw"),
    path("registers/<str:kind>/<row:pk>/accept/", registers.register_accept, name="register_accept"),
    path(
        "sheets/summary/<str:period_key>/<str:indicator_code>/<row:place_id>/",
        signing.summary_sheet,
        name="summary_sheet",
    ),
    path(
        "sheets/examination/<str:period_key>/<str:indicator_code>/<row:unit_id>/",
        signing.examination_sheet,
        name="examination_sheet",
    ),
    path("sheets/<str:kind>/<str:period_key>/<row:place_id>/sign/", signing.signed_copy_new, name="signed_copy_new"),
    path("sheets/signed/<uuid:pk>/file/", signing.signed_copy_file, name="signed_copy_file"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("reviews/decide/", reviews.reviews_decide, name="reviews_decide"),
    path("uploads/", uploads.uploads, name="uploads"),
    path("uploads/workbook/<str:period_key>/", uploads.workbook_download, name="workbook_download"),
    path("uploads/<uuid:pk>/", uploads.upload, name="upload"),
    path("uploads/<uuid:pk>/apply/", uploads.upload_apply, name="upload_apply"),
    path("uploads/<uuid:pk>/submit/", uploads.upload_submit, name="upload_submit"),
    path("uploads/<uuid:pk>/file/", uploads.upload_file, name="upload_file"),
]
