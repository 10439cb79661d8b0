"""Command, reply and event codes of the standalone protocol."""

from enum import IntEnum, IntFlag


class CommandCode(IntEnum):
    """What a client can ask."""

    DB_READ = 7
    USER_WRITE = 8
    USERS_READ = 9
    TEMPLATE_WRITE = 10
    OPTION_READ = 11
    OPTION_WRITE = 12
    ATTENDANCE_READ = 13
    CLEAR_DATA = 14
    CLEAR_ATTENDANCE = 15
    DELETE_USER = 18
    DELETE_TEMPLATE = 19
    UNLOCK = 31
    CLEAR_OPLOG = 33
    OPLOG_READ = 34
    FREE_SIZES = 50
    START_VERIFY = 60
    START_ENROL = 61
    CANCEL_CAPTURE = 62
    PIN_WIDTH = 69
    TEMPLATE_READ = 88
    SAVE_TEMPLATES = 110
    DELETE_FINGER = 134
    TIME_READ = 201
    TIME_WRITE = 202
    REGISTER_EVENTS = 500
    CONNECT = 1000
    EXIT = 1001
    ENABLE = 1002
    DISABLE = 1003
    RESTART = 1004
    REFRESH_DATA = 1013
    REFRESH_OPTION = 1014
    TEST_VOICE = 1017
    VERSION = 1100
    AUTH = 1102
    PREPARE_DATA = 1500
    DATA = 1501
    FREE_DATA = 1502
    PREPARE_BUFFER = 1503
    READ_BUFFER = 1504


class ReplyCode(IntEnum):
    """How a unit answers."""

    OK = 2000
    ERROR = 2001
    DATA = 2002
    RETRY = 2003
    REPEAT = 2004
    UNAUTHORISED = 2005
    WRONG_DEVICE_TYPE = 4989
    ERROR_DATA = 65531
    NOT_INITIALISED = 65532
    ERROR_COMMAND = 65533
    UNKNOWN = 65535


UNSUPPORTED = frozenset({ReplyCode.WRONG_DEVICE_TYPE, ReplyCode.ERROR_COMMAND, ReplyCode.UNKNOWN})
REPLIES = frozenset({*ReplyCode, CommandCode.PREPARE_DATA, CommandCode.DATA})
"""Codes that can answer a request."""


class EventCode(IntFlag):
    """What a unit reports by itself; also the mask of what to report."""

    PUNCH = 1
    FINGER = 2
    ENROL_USER = 4
    ENROL_FINGER = 8
    BUTTON = 0x10
    UNLOCK = 0x20
    VERIFY = 0x80
    FINGER_FEATURES = 0x100
    ALARM = 0x200
    ALL = 0xFFFF
