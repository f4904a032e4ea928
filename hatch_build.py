"""The wheel's build hook: GraphiQL is built from web/ before the files are gathered."""

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebBuildHook(BuildHookInterface[Any]):
    """Runs web/build.py; set-up, which runs it as a step of its own, says OSIT_SKIP_WEB=1 for its editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page for a wheel, standard or editable; a failure ends the build with its sentence."""
        del build_data
        if version == "editable" and os.environ.get("OSIT_SKIP_WEB") == "1":
            return
        spec = importlib.util.spec_from_file_location("web_build", Path(self.root) / "web" / "build.py")
        if spec is None or spec.loader is None:
            raise RuntimeError("web/build.py is missing from these sources")
        web = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = web  # where dataclasses look their module up
        spec.loader.exec_module(web)
        try:
            web.build()
        except web.BuildError as failure:
            raise SystemExit(f"web: {failure}") from None
