"""Names that keys had before: they are read everywhere, and written nowhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from sim.config import Comparison, arm_scenarios, load, restored
from sim.config.design.keys import find
from sim.errors import UserError
from sim.mechanisms import MECHANISMS
from sim.results.manifest import check_folder, write_manifest

TEXT = """\
kind: comparison
name: former
scenario: {name: former, years: 5, firms: 4000}
arms:
  baseline: {}
  parks:
    mechanisms:
      - {kind: enclave, name: parks, hosts: [qingyuan], start: 2021}
  moved:
    mechanisms:
      - {kind: enclave, name: parks, targets: [qingyuan], start: 2021}
    set: {mechanisms.parks.hosts: [meizhou]}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "former.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_hosts_are_read_as_targets_and_written_as_targets(tmp_path: Path) -> None:
    config = load(write(tmp_path, TEXT))
    assert isinstance(config, Comparison)
    arms = arm_scenarios(config)
    assert arms["parks"].mechanisms[0].targets == ["qingyuan"]
    assert arms["moved"].mechanisms[0].targets == ["meizhou"]
    written = config.model_dump_json()
    assert '"targets":["qingyuan"]' in written
    assert '"hosts":["qingyuan"]' not in written
    assert find(arms["parks"].model_dump(mode="json"), "mechanisms.parks.hosts")


def test_faults_under_the_former_name_have_their_place(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        load(write(tmp_path, TEXT.replace("hosts: [qingyuan]", "hosts: [qingyuann, 3]")))
    messages = "\n".join(caught.value.messages)
    assert "former.yaml:8:46: arms.parks.mechanisms.0.hosts.0: 'qingyuann' is unknown" in messages
    assert "former.yaml:8:57: arms.parks.mechanisms.0.hosts.1: 3 is the wrong type" in messages
    with pytest.raises(UserError) as caught:
        load(write(tmp_path, TEXT.replace("hosts: [qingyuan]", "hosts: [qingyuan], targets: [meizhou]")))
    (message,) = caught.value.messages
    assert "former.yaml:8:38: arms.parks.mechanisms.0.hosts: the former name of 'targets', which is given" in message
    with pytest.raises(ValidationError, match="former name of 'targets'"):
        MECHANISMS["enclave"](hosts=["a"], targets=["b"])


def test_stored_configs_with_hosts_open_and_are_the_same_experiment(tmp_path: Path) -> None:
    config = load(write(tmp_path, TEXT))
    stored = json.loads(config.model_dump_json().replace('"targets":["qingyuan"]', '"hosts":["qingyuan"]'))
    assert stored["arms"]["parks"]["mechanisms"][0]["hosts"] == ["qingyuan"]
    assert restored(stored, str(tmp_path)) == config
    folder = tmp_path / "results"
    write_manifest(folder, config.name, json.dumps(stored), ["baseline"], 1)
    assert check_folder(folder, config.model_dump_json())
