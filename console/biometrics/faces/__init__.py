"""Faces: where they are, how good a photo of one is, and whose they are.

Arrays: a picture is RGB, uint8, (height, width, 3), upright; points are (x, y) in its pixels.

Four rooms, and two modules that join them. Each imports only what stands above it:

    detection/           where the faces of a picture are: boxes and meshes of 478 points
    quality/             how good a picture of a face is: measures, limits, outcomes of gates
    recognition/         whose face it is: vectors, similarity, false match rates
    live/                faces on camera frames: advice, login, active challenge
    photo_screening.py   one photo in; verdict, vector and perceptual hash out
    photo_ranking.py     the photos of one submission: do they agree, and which is best
"""
