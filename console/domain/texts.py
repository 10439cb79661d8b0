"""Texts that are part of the behaviour, word for word. They are the English msgids of the catalogue."""

ENROL_TITLE = "Face enrollment via Weblink"
ENROL_STEP_EMAIL = "Face Template Registration Email Sent from the Admin"
ENROL_STEP_LINK = "Click on the Web Link"
ENROL_STEP_UPLOAD = "Upload Front-facing & Unblurry User Images"
ENROL_STEP_BEST = "Select the Best Photo"
ENROL_STEP_SUBMIT = "Submit Photo"
ENROL_STEP_SCREEN = "System Auto-Screening - Approval/ Rejection of Images"
ENROL_STEP_APPROVE = "Admin Final Approval of Registration"
ENROL_DONE = "Successful Enrollment!"
ENROL_NOW = "Enroll Now"

PURPOSES = (
    "A hassle-free process: one link, no account, no app.",
    "An efficient workflow with less manual work.",
    "Fast identity verification for time attendance and/or door access on QF Master and QF Master Plus.",
    "Contactless verification.",
)

ERR_NOT_ACTIVE = "Employee is not active"
