"""Checks files of deploy/ against the schemas of those who will read them.

    python manifests.py kubernetes FILE...
    python manifests.py compose FILE...

Strictly: a field that no schema knows is an error, as is a kind without a schema. It prints a line
for each thing that it checked, and ends with 1 when one of them is wrong.
"""

import argparse
import json
import pathlib
import sys

import jsonschema
import kubernetes_validate
import yaml

KUBERNETES = "1.32"
SCHEMAS = pathlib.Path(__file__).parent / "schemas"


def strict(schema):
    """The schema of a custom resource, with what it does not name forbidden.

    The server prunes such fields without a word, so a misspelt one would only do nothing.
    """
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items()}
    if schema.get("x-kubernetes-int-or-string"):
        made.pop("type", None)
    # `properties` may be the name of a property itself; then it has no type beside it.
    is_object = schema.get("type") == "object" and "properties" in schema
    if is_object and not schema.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    return made


def custom_resources():
    """The schemas of the kinds that Kubernetes gets from others, by version and kind."""
    found = {}
    for path in SCHEMAS.glob("*.yaml"):
        spec = yaml.safe_load(path.read_text())["spec"]
        for version in spec["versions"]:
            schema = strict(version["schema"]["openAPIV3Schema"])
            # What the server itself knows of every object.
            schema["properties"]["metadata"] = {"type": "object"}
            name = f"{spec['group']}/{version['name']}"
            found[name, spec["names"]["kind"]] = schema
    return found


def first_error(schema, document):
    """What is wrong with the document, the most telling first, and where; None when nothing is."""
    errors = jsonschema.Draft7Validator(schema).iter_errors(document)
    error = jsonschema.exceptions.best_match(errors)
    if error is None:
        return None
    return f"{'.'.join(str(step) for step in error.absolute_path) or 'top'}: {error.message}"


def kubernetes(path):
    """Yields what is checked of a file of manifests, and what is wrong with it or None."""
    custom = custom_resources()
    for document in yaml.safe_load_all(path.read_text()):
        if document is None:
            continue
        version, kind = document.get("apiVersion"), document.get("kind")
        what = f"{kind}/{document.get('metadata', {}).get('name')}"
        if (version, kind) in custom:
            yield f"{what} ({version})", first_error(custom[version, kind], document)
            continue
        try:
            kubernetes_validate.validate(document, KUBERNETES, strict=True)
            yield f"{what} ({version}, Kubernetes {KUBERNETES})", None
        except kubernetes_validate.ValidationError as error:
            yield what, f"{'.'.join(str(step) for step in error.path) or 'top'}: {error.message}"
        except kubernetes_validate.SchemaNotFoundError:
            yield what, f"there is no schema of {version} {kind}; keep one in {SCHEMAS}"


def compose(path):
    """Yields what is checked of a compose file, and what is wrong with it or None."""
    schema = json.loads((SCHEMAS / "compose-spec.json").read_text())
    document = yaml.safe_load(path.read_text())
    yield "services " + ", ".join(document.get("services", {})), first_error(schema, document)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["kubernetes", "compose"])
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    check = {"kubernetes": kubernetes, "compose": compose}[options.what]
    checked, wrong = 0, 0
    for path in options.files:
        for what, error in check(path):
            checked += 1
            wrong += error is not None
            print(f"{path.name}: {what}: {'ok' if error is None else 'WRONG: ' + error}")
    if wrong or not checked:
        sys.exit(f"{wrong} of {checked} are wrong")


if __name__ == "__main__":
    main()
