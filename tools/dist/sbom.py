"""The bill of materials of Atoll itself, CycloneDX 1.5: crates that are linked in, and programs that are embedded."""

import json
import subprocess
import uuid
from pathlib import Path

import tomllib
from manifest import ROOT, Refused, load

# The two programs whose crates ship.
SHIPPED = ("atoll", "atoll-agent")
TRIPLE = "x86_64-unknown-linux-gnu"
SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "atoll:sbom")


def write(path: Path, version: str) -> int:
    """Writes the bill and returns how many components it has. The same sources give the same bytes."""
    components = _crates() + _programs()
    root = {"type": "application", "bom-ref": "atoll", "name": "atoll", "version": version}
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": root | {"licenses": [{"expression": "Apache-2.0"}]}},
        "components": components,
    }
    content = json.dumps(document, indent=1, sort_keys=True)
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(SPACE, content)}"
    path.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    return len(components)


def _crates() -> list[dict]:
    command = ["cargo", "metadata", "--format-version=1", "--locked", f"--filter-platform={TRIPLE}"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if result.returncode != 0:
        raise Refused(f"`cargo metadata` failed: {result.stderr.strip()}")
    metadata = json.loads(result.stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    sums = _checksums()
    start = [i for i, package in packages.items() if package["name"] in SHIPPED and package["source"] is None]
    found: set[str] = set()
    while start:
        node = start.pop()
        if node in found:
            continue
        found.add(node)
        for edge in nodes[node]["deps"]:
            # Only what is linked in: a build or test dependency does not leave the house.
            if any(kind["kind"] is None for kind in edge["dep_kinds"]):
                start.append(edge["pkg"])
    listed = sorted((packages[i] for i in found), key=lambda package: (package["name"], package["version"]))
    return [_crate(package, sums) for package in listed if package["name"] != "atoll"]


def _crate(package: dict, sums: dict) -> dict:
    name, version = package["name"], package["version"]
    component = {
        "type": "library",
        "bom-ref": f"crate:{name}@{version}",
        "name": name,
        "version": version,
        "purl": f"pkg:cargo/{name}@{version}",
    }
    if package.get("license"):
        # Old crates separate alternatives with a slash.
        component["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    if (name, version) in sums:
        component["hashes"] = [{"alg": "SHA-256", "content": sums[name, version]}]
    return component


def _programs() -> list[dict]:
    components = []
    for program in load().values():
        if program.use != "ship":
            continue
        components.append(
            {
                "type": "application",
                "bom-ref": f"program:{program.key}",
                "name": program.name,
                "version": program.version,
                "description": program.purpose,
                "licenses": [{"expression": program.licence}],
                "purl": f"pkg:deb/debian/{program.package}@{program.extra['revision']}?arch=source",
                "hashes": [{"alg": "SHA-256", "content": program.files[0].sha256}],
            }
        )
    return components


def _checksums() -> dict[tuple[str, str], str]:
    with (ROOT / "Cargo.lock").open("rb") as handle:
        packages = tomllib.load(handle)["package"]
    return {(p["name"], p["version"]): p["checksum"] for p in packages if "checksum" in p}
