"""Where the faces of a picture are.

boxes.py                FaceBox, the square that every detector returns
face_detector.py        FaceDetector, what the finders ask of a detector
hog_detector.py         dlib's HOG detector, the first one asked
blazeface_detector.py   BlazeFace full range, which sees half-hidden faces
yunet_detector.py       YuNet, which a site may add by file
landmarks.py            FaceMesh: 478 points on a face, and how sure the net is
face_presence.py        an older mesh net as a second opinion on "is this a face?"
crops.py                square crops round a face, as the nets take them
face_finder.py          thorough search, for photos
quick_face_finder.py    quick search, for camera frames
"""
