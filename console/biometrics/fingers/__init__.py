"""Fingers as mathematics: pictures in; minutiae, templates, qualities and scores out.

    extractor.py     from a picture to minutiae, by the LEADER network
    minutiae.py      minutiae as columns of numbers
    quality.py       how good a scan is, and what to do about a poor one
    prepared.py      a template made ready for comparison
    matcher.py       one comparison
    search.py        one finger among many
    calibration.py   from a score to a false match rate
    enrolment.py     where the enrolment of a finger stands
    examiner.py      joins all of these for the worker process
    templates.py     our own template format
    records.py       the record formats of ISO/IEC 19794-2 and ANSI/INCITS 378

Words of ISO/IEC 2382-37: a probe is compared with references; pairs are genuine (mated) or impostor
(non-mated).
"""
