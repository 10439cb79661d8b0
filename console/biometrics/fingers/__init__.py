"""Fingers as mathematics: images in, minutiae, templates, qualities and scores out.

Words of ISO/IEC 2382-37: a probe is compared with references; pairs are genuine (mated) or impostor (non-mated).
"""
