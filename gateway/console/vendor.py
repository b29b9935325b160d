"""`python -m gateway.console.vendor FOLDER`: takes the front-end files out of unpacked packages, with their SHA-256.

FOLDER holds the packages as `npm pack` brings them, unpacked, one folder each. The design system's CSS names a typeface
that only government sites may use: its font rules are removed and the family is replaced by Arial.
"""

import hashlib
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent / "static" / "vendor"
TAKEN = {
    "govuk-frontend-6.3.0": {
        "dist/govuk/govuk-frontend.min.css": "govuk-frontend.min.css",
        "dist/govuk/govuk-frontend.min.js": "govuk-frontend.min.js",
    },
    "swagger-ui-dist-5.35.0": {
        "swagger-ui.css": "swagger-ui.css",
        "swagger-ui-bundle.js": "swagger-ui-bundle.js",
        "LICENSE": "swagger-ui.LICENSE",
        "NOTICE": "swagger-ui.NOTICE",
    },
    "htmx.org-2.0.11": {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "htmx.LICENSE"},
}


def plain_fonts(css: str) -> str:
    """The CSS without the government's typeface."""
    css = re.sub(r"@font-face\{[^}]*\}", "", css)
    return re.sub(r'"?GDS Transport"?,\s*', "", css)


def main(folder: Path) -> None:
    manifest = {}
    for package, files in TAKEN.items():
        for source, name in files.items():
            content = (folder / package / "package" / source).read_bytes()
            if name.startswith("govuk") and name.endswith(".css"):
                content = plain_fonts(content.decode()).encode()
            content = re.sub(rb"\n?//# sourceMappingURL=.*|/\*# sourceMappingURL=.*?\*/", b"", content)
            (HERE / name).write_bytes(content)
            manifest[name] = {"package": package, "sha256": hashlib.sha256(content).hexdigest()}
    (HERE / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
