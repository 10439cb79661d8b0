"""The push dialect (ADMS, "iclock"): the terminal dials in over HTTP, fetches commands and reports.

Source of the formats: the vendor's "PUSH protocol" document V4.0 (push 2.4.2).
"""
