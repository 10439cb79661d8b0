"""Worker processes: hostile pictures are decoded, and nets run, outside of service and windows.

    decode_worker.py       decodes the files that strangers send
    screening_worker.py    screens decoded photos
    guidance_worker.py     advises on camera frames
    login_face_worker.py   analyses frames of a login screen
    finger_worker.py       judges, compares and searches fingerprints

Each is a program. What its parent uses stands beside it:

    worker_pool.py         several processes of one kind
    photo_pipeline.py      decode_worker and screening_workers
    live_guide.py          guidance_worker
    face_watcher.py        login_face_worker
    finger_pipeline.py     finger_worker
    host.py                starts, primes, times and replaces one worker process
    framing.py             the frames on the pipes
    messages.py            the headers of the frames
    frame_shrinking.py     camera frames made small enough to send
"""
