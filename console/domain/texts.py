"""Texts that are part of the behaviour, word for word: the English msgids of the catalogue."""

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
OWN_TITLE = "Your face and fingerprints"

PURPOSES = (
    "A hassle-free process: one link, no account, no app.",
    "An efficient workflow with less manual work.",
    "Fast identity verification for time attendance and/or door access on QF Master and QF Master "
    "Plus.",
    "Contactless verification.",
)


# the login screen, as quoted

FINGER_WAIT = "Thank you. Please wait."
MATCH_NOT_FOUND = "Match not found. Please try again."
STAND_IN_FRONT = "Stand in front of the camera"
SWITCH_CAMERA = "Switch Camera"
FACE_NOT_YET_MATCHED = "Face not yet matched"
ADJUST_POSITION = "Please adjust your position by stepping forward or backward"
PROBLEMS_AUTHENTICATING = "We are having problems authenticating"
FACE_FAILED = "Face authentication failed"
KEY_BACK = "BACK"
KEY_CLEAR = "CLEAR"
KEY_SUBMIT = "Submit"
ERR_NOT_VALID = "Employee is not valid"
ERR_NOT_ENROLLED = "Employee is not enrolled"

# the login screen, where the original is silent

ERR_NOT_ACTIVE = "Employee is not active"
ERR_NOT_YET_VALID = "Employee is not valid yet"
ERR_NO_LONGER_VALID = "Employee is no longer valid"
DB_DOWN_STOP = (
    "The employee database cannot be reached. Login is not possible on this device right now."
)
OFFLINE_STAMP = "offline, status as of {time}"
SKIP_SETTING_LABEL = "Allow number-only login while the database is down"
FINGERS_AVAILABLE = "Fingers you can use"
SESSION_RESET = "Too many attempts. Please start again."
ENTER_NUMBER = "Enter your employee number"
OTHER_NUMBER = "This number belongs to somebody else"
CAMERA_GONE = "The camera is not connected. Use your number."
READER_GONE = "The fingerprint reader is not connected. Use your number."
CANNOT_MATCH = "A match is needed, and no camera or reader for it is connected. Ask at the desk."
PUT_FINGER = "Put your finger on the sensor"
FINGER_TIP = "Keep the sensor clean. Lay the finger flat and even, without pressing hard."
FIRST_TIME = "Your finger was not found on this kiosk yet. This is normal the first time."
NUMBER_FIRST = "Your number first, please: too many people are known here for the face alone."
NOT_IN_USE = "This kiosk is not in use."
USE_NUMBER = "Use number"
OR_BADGE = "Or hold your badge to the reader"
DONE = "I am done"
CANCEL = "Cancel"
GREETING = "Welcome"
TURN_LEFT = "Turn your head to the left"
TURN_RIGHT = "Turn your head to the right"
BLINK = "Close your eyes, then open them"
CANNOT_DO = "I cannot do this: use my number"
HELP_BUTTON = "Help"
CLOSE_HELP = "Back"
ABOUT_FINGER = "About Authentication via Fingerprint"
ABOUT_FACE = "About Authentication via Face Recognition"
ABOUT_FLOW = "From the login to the home screen"
FINGER_HELP = (
    "Put a finger that is enrolled on the sensor. The first time on this device you are asked for "
    "your employee number as well.",
    FINGER_TIP,
    "If no match is found, the screen shows which fingers you can use. After three tries the "
    "session is reset.",
    "A cut, a plaster, or very dry or wet skin can hide a finger: use another one, or your number.",
)
FACE_HELP = (
    "Stand in front of the camera and look straight at it. A black square and a line from eye to "
    "eye show that your face was found.",
    "If no match is found, step forward or backward. Avoid direct sunlight on the device and on "
    "your face.",
    "After three tries you are asked for your employee number.",
    "Nobody has to use their face: the number is always there.",
)
CHART_SCAN = "Face or finger, or the number"
CHART_KNOWN = "Known on this device"
CHART_NUMBER = "Not known: enter the number"
CHART_STATUS = "Still valid and active?"
CHART_MATCH = "Valid, active, enrolled? Then a match"
CHART_HOME = "Home screen"
FLAWS: dict[str, str] = {
    "clarity": "Come closer and look straight at the camera",
    "yaw": "Look straight at the camera",
    "pitch": "Look straight at the camera",
    "roll": "Hold your head upright",
    "sharpness": "Hold still",
    "brightness": "More light on your face, please",
    "contrast": "More light on your face, please",
}
"""What to do about a face that cannot be compared, by the gate that fails."""

HELP: dict[str, str] = {
    ERR_NOT_VALID: "Check that the employee exists in the employee database (the Employee Master "
    "File) and may log in at terminals and kiosks.",
    ERR_NOT_ENROLLED: "Enrol the employee with the method that this device uses: face or finger, "
    "as its settings say.",
    ERR_NOT_ACTIVE: "The employee's status in the employee database is not active. Set it to "
    "active, if that is right.",
    ERR_NOT_YET_VALID: "The employee's first day has not come. Change the day under Employees, if "
    "it is wrong.",
    ERR_NO_LONGER_VALID: "The employee's last day is over. Change the day under Employees, if it "
    "is wrong.",
}
"""What an operator does about a refusal. Employees are told to ask at the desk."""
ASK_AT_THE_DESK = "Ask at the desk."
TRY_OF = "Try {number} of {most}."
