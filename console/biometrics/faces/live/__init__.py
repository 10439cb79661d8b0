"""Faces on camera frames.

face_tracker.py   follows a face from frame to frame
advice.py         what a person should do better now, as plain data
guidance.py       advice on frames, by the gates of screening
login_frames.py   frames of a login screen: usable or not, and the vector
challenge.py      the active challenge: turn the head, blink
"""
