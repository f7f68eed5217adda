"""Which name a static file is served under.

Production runs ``manage.py collectstatic``: it writes compressed copies whose names carry a hash, and pages
link to those, which browsers may keep for ever. A fresh clone, the demo and the tests have not run it; there
pages link to the plain names and WhiteNoise finds the files where they lie. After an update collectstatic is
run again, otherwise browsers keep the former file.
"""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFilesStorage(CompressedManifestStaticFilesStorage):
    def stored_name(self, name: str) -> str:
        """The hashed name if collectstatic has made one, the plain name if not."""
        return self.hashed_files.get(self.hash_key(self.clean_name(name)), name)
