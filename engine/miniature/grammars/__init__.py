"""One small grammar per language. A module here has FORMS, SPACED, STOP, CAPITALS and realise(scene, choose)."""
