"""Faces: detection, landmarks, photo screening, recognition.

Pictures are RGB uint8 arrays of shape (height, width, 3), upright. Points are (x, y) in pixels of that picture.
"""
