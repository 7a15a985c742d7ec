"""`python -m runtime.serving`: serve the model in `MW_MODEL_DIR`.

Exit codes: 0 stopped by SIGTERM; 2 the model was refused, and starting again will not help;
1 anything else.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys

import uvloop

from runtime.serving.server import ModelServer, exit_now
from runtime.settings import ServingSettings, limit_numeric_threads


def main() -> None:
    """Serve until SIGTERM, then end the process."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s", force=True
    )
    settings = ServingSettings.from_environment(os.environ)
    limit_numeric_threads(settings.threads)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        exit_now(runner.run(ModelServer(settings).run()))


if __name__ == "__main__":
    main()
