"""The settings of Taem with some of them broken: a JSON object in BROKEN says which, and how."""

import json
import os

from loyalty.settings import *  # noqa: F403

globals().update(json.loads(os.environ["BROKEN"]))
