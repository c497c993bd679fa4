"""Records of registers of companies, of invented content, and the servers that give them."""

import base64
import datetime as dt
import io
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from connectors.refusal import Refusal
from connectors.registry import Connector
from schemas.base import Record

NOW = dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC)
KEY = "an-invented-key"
SIREN, OTHER_SIREN = "999900012", "999900004"


def outcomes(connector: Connector, *values: Any) -> list[Record | Refusal]:
    """What the connector makes of objects, a line each; bytes are a line as they stand."""
    lines = [value if isinstance(value, bytes) else json.dumps(value).encode() for value in values]
    return list(connector.parse(io.BytesIO(b"\n".join(lines)), NOW))


def an_event(
    kind: str = "company-profile", timepoint: int = 568183, number: str = "01234567", changed: Any = (), **data: Any
) -> dict[str, Any]:
    """An event of Companies House's stream."""
    return {
        "resource_kind": kind,
        "resource_uri": f"/company/{number}",
        "resource_id": number,
        "data": data,
        "event": {
            "timepoint": timepoint,
            "published_at": "2026-03-16T09:30:00",
            "type": "changed",
            "fields_changed": list(changed),
        },
    }


def a_case(kind: str = "compulsory-liquidation", number: str = "1", **dates: str) -> dict[str, Any]:
    """An insolvency case; dates as `ordered_to_wind_up_on="2026-03-02"`."""
    told = [{"type": name.replace("_", "-"), "date": day} for name, day in dates.items()]
    return {"type": kind, "number": number, "dates": told}


def a_period(start: str = "2017-05-24", **fields: Any) -> dict[str, Any]:
    """A period of a legal unit."""
    return {
        "dateDebut": start,
        "dateFin": None,
        "etatAdministratifUniteLegale": "A",
        "denominationUniteLegale": "ATELIERS DU REVE",
        "categorieJuridiqueUniteLegale": "5499",
        "activitePrincipaleUniteLegale": "43.32A",
        "nomenclatureActivitePrincipaleUniteLegale": "NAFRev2",
    } | fields


def a_unit(*periods: dict[str, Any], siren: str = SIREN, **fields: Any) -> dict[str, Any]:
    """A legal unit of Sirene."""
    return {
        "siren": siren,
        "dateDernierTraitementUniteLegale": "2026-03-16T10:30:00",
        "periodesUniteLegale": list(periods or (a_period(),)),
    } | fields


class Stream:
    """Companies House's streams: events after a timepoint, a heartbeat, then the end of the connection."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self.events = list(events)
        self.asked: list[str | None] = []
        self.statuses: list[int] = []
        self.app = FastAPI()
        self.app.get("/{stream}")(self._answer)

    def _answer(self, request: Request, timepoint: int | None = None) -> Response:
        self.asked.append(request.query_params.get("timepoint"))
        if request.headers["Authorization"] != f"Basic {base64.b64encode(f'{KEY}:'.encode()).decode()}":
            return Response(status_code=401)
        if self.statuses:
            return Response(status_code=self.statuses.pop(0))
        return StreamingResponse(self._lines(timepoint))

    def _lines(self, timepoint: int | None) -> Iterator[bytes]:
        for event in self.events:
            if timepoint is None or event["event"]["timepoint"] >= timepoint:
                line = json.dumps(event).encode() + b"\n"
                yield line[:40]
                time.sleep(0.01)
                yield line[40:]
        time.sleep(0.1)
        yield b"\n"
        time.sleep(0.1)


class Insee:
    """The API Sirene, as far as it is asked for what was written between two times, two units a page."""

    def __init__(self, newest: str, *units: dict[str, Any]) -> None:
        self.newest = newest
        self.units = list(units)
        self.asked: list[str] = []
        self.statuses: list[int] = []
        self.before: dict[str, Callable[[], object]] = {}
        """By a page's cursor, what is waited for before it is answered."""
        self.app = FastAPI()
        self.app.get("/informations")(self._informations)
        self.app.get("/siren")(self._page)

    def _informations(self) -> dict[str, Any]:
        told = {"collection": "Unités Légales", "dateDernierTraitementMaximum": self.newest}
        return {"datesDernieresMisesAJourDesDonnees": [{"collection": "Établissements"}, told]}

    def _page(self, request: Request, q: str, nombre: int, curseur: str) -> Response:
        if request.headers["X-INSEE-Api-Key-Integration"] != KEY:
            return Response(status_code=401)
        if self.statuses:
            return Response(status_code=self.statuses.pop(0))
        self.asked.append(f"{q} {curseur}")
        self.before.pop(curseur, lambda: None)()
        start, _, end = q.partition("[")[2].rstrip("]").partition(" TO ")
        found = [unit for unit in self.units if start <= str(unit["dateDernierTraitementUniteLegale"]) <= end]
        if not found or nombre > 1000:
            return JSONResponse({"header": {"statut": 404, "message": "Aucun élément trouvé"}}, 404)
        place = 0 if curseur == "*" else int(curseur)
        page = found[place : place + 2]
        header = {"total": len(found), "curseur": curseur, "curseurSuivant": str(place + len(page))}
        return JSONResponse({"header": header, "unitesLegales": page})
