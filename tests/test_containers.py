"""What the container files say, as far as it can be read without running them, of processes and of the erasure log."""

from pathlib import Path
from typing import Any

import yaml

from deploy.local.state import ROOT
from shared.settings import SERVICES

LOG, FOLDER = "/var/lib/circle/erasures.jsonl", "/var/lib/circle"


def read(path: str) -> list[Any]:
    return list(yaml.safe_load_all((ROOT / path).read_text()))


def manifests() -> list[dict[str, Any]]:
    base = Path("deploy/k8s/base")
    (kustomization,) = read(str(base / "kustomization.yaml"))
    return [one for name in kustomization["resources"] for one in read(str(base / name))]


def test_every_part_of_the_composition_is_a_service_and_names_known_volumes() -> None:
    (compose,) = read("docker-compose.yml")
    assert {name for name in SERVICES if {name, f"{name}-worker"} <= set(compose["services"])} == set(SERVICES)
    for name, service in compose["services"].items():
        assert "image" in service, name
        assert {one.partition(":")[0] for one in service.get("volumes", ())} <= set(compose["volumes"]), name


def test_in_containers_every_service_notes_erasures_on_a_volume_that_is_not_the_databases() -> None:
    (compose,) = read("docker-compose.yml")
    for name in SERVICES:
        for process in (name, f"{name}-worker"):
            service = compose["services"][process]
            assert service["environment"]["CIRCLE_ERASURE_LOG"] == LOG
            assert f"erasures:{FOLDER}" in service["volumes"]
    for apart in ("postgres", "kafka"):
        assert not any("erasures" in one for one in compose["services"][apart]["volumes"])


def pod_of(document: dict[str, Any]) -> dict[str, Any]:
    pod: dict[str, Any] = document["spec"]["template"]["spec"]
    return pod


def notes_erasures(pod: dict[str, Any], container: dict[str, Any]) -> bool:
    named = {one["name"]: one.get("value") for one in container["env"]}
    mounted = {one["name"] for one in container["volumeMounts"] if one["mountPath"] == FOLDER}
    claims = {one["name"] for one in pod["volumes"] if one.get("persistentVolumeClaim") == {"claimName": "erasures"}}
    return named.get("CIRCLE_ERASURE_LOG") == LOG and bool(mounted & claims) and "fsGroup" in pod["securityContext"]


def test_in_kubernetes_the_referral_service_notes_erasures_on_a_claim_of_its_own() -> None:
    kept = manifests()
    assert [one["metadata"]["name"] for one in kept if one["kind"] == "PersistentVolumeClaim"] == ["erasures"]
    deployments = {one["metadata"]["name"]: pod_of(one) for one in kept if one["kind"] == "Deployment"}
    noting = {name for name, pod in deployments.items() if notes_erasures(pod, pod["containers"][0])}
    assert noting == {"referral", "referral-worker"}


def test_the_job_after_a_restore_replays_the_log_for_every_service() -> None:
    (job,) = read("deploy/k8s/restored.yaml")
    pod = pod_of(job)
    for container in pod["containers"]:
        assert container["command"] == ["python", "-m", "deploy.restored", "replay", container["name"]]
        assert notes_erasures(pod, container)
    assert {one["name"] for one in pod["containers"]} == set(SERVICES)
