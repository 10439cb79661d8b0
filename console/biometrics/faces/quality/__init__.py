"""How good a photo is: measures, gates and verdicts."""
