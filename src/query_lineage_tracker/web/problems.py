"""Answers in words for what cannot be answered: problem details (RFC 9457), never a stack trace."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from query_lineage_tracker.errors import (
    AnswerTooSlow,
    ConfigurationError,
    DependencyUnreachable,
    NotInHistory,
    PermissionMissing,
    RoleMissing,
    TrackerError,
    UsageError,
)

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
_STATUS: tuple[tuple[type[TrackerError], HTTPStatus], ...] = (
    (NotInHistory, HTTPStatus.NOT_FOUND),
    (UsageError, HTTPStatus.BAD_REQUEST),
    (RoleMissing, HTTPStatus.FORBIDDEN),
    (AnswerTooSlow, HTTPStatus.GATEWAY_TIMEOUT),
    (DependencyUnreachable, HTTPStatus.SERVICE_UNAVAILABLE),
    (PermissionMissing, HTTPStatus.SERVICE_UNAVAILABLE),
    (ConfigurationError, HTTPStatus.SERVICE_UNAVAILABLE),
)
_UNKNOWN_PATH = "The API is under /api/v1; /api/v1/openapi.json describes it."


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong (`detail`) and the way out (`hint`); `login` is where a person logs in, if that is the way."""

    title: str
    status: int
    detail: str
    hint: str | None = None
    login: str | None = None


class ProblemResponse(JSONResponse):
    """A problem as its answer."""

    media_type = MEDIA_TYPE


def problem_response(
    status: HTTPStatus,
    detail: str,
    hint: str | None = None,
    headers: dict[str, str] | None = None,
    *,
    login: str | None = None,
) -> ProblemResponse:
    """The answer that says so."""
    problem = Problem(status.phrase, status.value, detail, hint or None, login)
    return ProblemResponse(asdict(problem), status.value, headers=headers)


def answer_in_words(app: FastAPI) -> None:
    """Have the application answer every failure with a problem."""
    app.add_exception_handler(TrackerError, _tracker_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _defect)


def _tracker_error(_: Request, error: Exception) -> ProblemResponse:
    hint = error.hint if isinstance(error, TrackerError) else None
    found = (status for kind, status in _STATUS if isinstance(error, kind))
    return problem_response(next(found, HTTPStatus.INTERNAL_SERVER_ERROR), str(error), hint)


def _invalid(_: Request, error: Exception) -> ProblemResponse:
    """The parameters that are wrong; their values are not repeated."""
    wrong = error.errors() if isinstance(error, RequestValidationError) else ()
    told = "; ".join(f"{'.'.join(str(part) for part in one['loc'][1:])}: {one['msg']}" for one in wrong)
    return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, told, "Correct these parameters.")


def _http_error(_: Request, error: Exception) -> ProblemResponse:
    status = HTTPStatus(error.status_code if isinstance(error, HTTPException) else 500)
    if status is HTTPStatus.NOT_FOUND:
        return problem_response(status, "There is nothing at this address.", _UNKNOWN_PATH)
    return problem_response(status, status.description or status.phrase)


def _defect(request: Request, error: Exception) -> ProblemResponse:
    log.error("page.defect", path=request.url.path, exc_info=error)
    return problem_response(
        HTTPStatus.INTERNAL_SERVER_ERROR, "The tracker failed to answer this.", "Its log says why; please report it."
    )
