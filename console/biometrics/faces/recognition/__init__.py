"""Whose face it is: vectors, similarity and false match rates.

vectors.py               unit vectors, templates of several photos, exact search
fmr_tables.py            from a cosine to a false match rate
fmr_calibration.py       such tables from labelled photos (`muster calibrate`)
identification.py        1:N search that demands a margin to the second best
template_protection.py   the site's secret rotation of all vectors
alignment.py             five points of a face, brought to where the nets expect them
recogniser.py            Recogniser, what turns a located face into a vector
shipped_recogniser.py    MobileFaceNet, the one that ships
site_recognisers.py      recognisers by file, alone or paired with the one that ships
site_models.py           the manifest of the files that a site has added
"""
