"""The function URL of face-detection: signed requests only, unless it is asked to be public."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from src.aws.account import Account
from src.aws.resource import Facts, Resource, or_none
from src.aws.resources import snapshot
from src.aws.resources.belongings import owner_by_function

GONE = "ResourceNotFoundException"
PUBLIC = ("facelane-public-url", "lambda:InvokeFunctionUrl"), ("facelane-public-invoke", "lambda:InvokeFunction")


@dataclass(frozen=True)
class FunctionUrl(Resource):
    """name is the function's."""

    kind: ClassVar[str] = "function URL"

    def wanted(self, aws: Account) -> Facts:
        public = aws.settings.public_url
        return {"who may call": "anyone" if public else "signed requests", "opened to anyone": public}

    def found(self, aws: Account) -> Facts | None:
        client = aws.client("lambda")
        answer = or_none(lambda: client.get_function_url_config(**self._called(aws)), GONE)
        if answer is None:
            return None
        anyone = answer["AuthType"] == "NONE"
        return owner_by_function(aws, self.name) | {
            "who may call": "anyone" if anyone else "signed requests",
            "opened to anyone": self._is_open(aws),
        }

    def create(self, aws: Account) -> None:
        self._close_other(aws)
        aws.client("lambda").create_function_url_config(**self._called(aws), AuthType=_auth(aws))

    def change(self, aws: Account, facts: Facts) -> None:
        client = aws.client("lambda")
        client.update_function_url_config(**self._called(aws), AuthType=_auth(aws))
        for statement, action in PUBLIC:
            self._forbid(aws, statement, self._called(aws))
            if aws.settings.public_url:
                auth = {"FunctionUrlAuthType": "NONE"} if action.endswith("Url") else {"InvokedViaFunctionUrl": True}
                client.add_permission(
                    **self._called(aws), StatementId=statement, Action=action, Principal="*", **auth
                )  # fmt: skip

    def delete(self, aws: Account) -> None:
        self._close(aws, self._called(aws))

    def address(self, aws: Account) -> str | None:
        """Where to POST frames; None where there is no URL."""
        answer = or_none(lambda: aws.client("lambda").get_function_url_config(**self._called(aws)), GONE)
        if answer is None:
            return None
        url = str(answer["FunctionUrl"])
        if aws.is_this_machine:  # no wildcard DNS here: the embedded stack takes the URL's id as a path
            url_id = url.split("//", 1)[-1].split(".", 1)[0]
            return f"{str(aws.settings.endpoint_url).rstrip('/')}/_aws/lambda-url/{url_id}/"
        return url

    def _called(self, aws: Account) -> dict[str, str]:
        return {"FunctionName": self.name, **snapshot.qualifier(aws)}

    def _close_other(self, aws: Account) -> None:
        """The URL of a deployment that did, or did not, start from snapshots."""
        other = {} if snapshot.is_used(aws) else {"Qualifier": snapshot.ALIAS}
        self._close(aws, {"FunctionName": self.name, **other})

    def _close(self, aws: Account, called: dict[str, str]) -> None:
        for statement, _ in PUBLIC:
            self._forbid(aws, statement, called)
        or_none(lambda: aws.client("lambda").delete_function_url_config(**called), GONE)

    def _forbid(self, aws: Account, statement: str, called: dict[str, str]) -> None:
        or_none(lambda: aws.client("lambda").remove_permission(**called, StatementId=statement), GONE)

    def _is_open(self, aws: Account) -> bool:
        answer = or_none(lambda: aws.client("lambda").get_policy(**self._called(aws)), GONE)
        return answer is not None and all(f'"{statement}"' in answer["Policy"] for statement, _ in PUBLIC)


def _auth(aws: Account) -> str:
    return "NONE" if aws.settings.public_url else "AWS_IAM"
