"""How good a picture of a face is: measures, limits and outcomes of gates.

measures.py          size, pose, sharpness, light, openness of eyes and mouth
motion_blur.py       motion blur, by the spectrum of the face
skin_colour.py       grey pictures and colour casts
headwear.py          whether the forehead is covered
background.py        how busy the background is
expression.py        closed eyes and strong expressions, by a net
face_covering.py     whether something is in front of the face, by several nets
perceptual_hash.py   whether two files show the same picture
profiles.py          the limits of each gate, as data with versions
gates.py             from measured values to outcomes
gate_regions.py      the part of the picture that a gate speaks of
verdict.py           what screening says of one photo
"""
