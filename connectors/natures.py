"""What the courts call their judgments: the 87 natures that BODACC has used, each with its class.

79 stand in the XML schema PCL_V13, 8 were seen in later bulletins. The classes are ours.
"""

import re
import unicodedata
from functools import lru_cache

NATURES: dict[str, tuple[str, ...]] = {
    "OPENING_SAUVEGARDE": (
        "Jugement d'ouverture d'une procédure de sauvegarde",
        "Jugement d'ouverture d'une procédure de sauvegarde financière accélérée",
        "Jugement d'ouverture d'une procédure de sauvegarde accélérée",
    ),
    "OPENING_RJ": ("Jugement d'ouverture d'une procédure de redressement judiciaire",),
    "OPENING_LJ": ("Jugement d'ouverture de liquidation judiciaire",),
    "OPENING_OTHER": ("Jugement d'ouverture d'une procédure de traitement de sortie de crise",),
    "EXTENSION_SAUVEGARDE": (
        "Jugement d'extension d'une procédure de sauvegarde",
        "Jugement d'extension d'une procédure de sauvegarde financière accélérée",
        "Jugement d'extension d'une procédure de sauvegarde accélérée",
    ),
    "EXTENSION_RJ": ("Jugement d'extension d'une procédure de redressement judiciaire",),
    "EXTENSION_LJ": ("Jugement d'extension de liquidation judiciaire",),
    "CONVERSION_TO_RJ": (
        "Jugement de conversion en redressement judiciaire de la procédure de sauvegarde",
        "Jugement de conversion en redressement judiciaire de la procédure de sauvegarde financière accélérée",
        (
            "Jugement mettant fin à la procédure de traitement de sortie de crise "
            "et ouvrant une procédure de redressement judiciaire"
        ),
    ),
    "CONVERSION_TO_LJ": (
        "Jugement de conversion en liquidation judiciaire de la procédure de sauvegarde",
        "Jugement de conversion en liquidation judiciaire",
        "Jugement de conversion en liquidation judiciaire de la procédure de sauvegarde financière accélérée",
        (
            "Jugement mettant fin à la procédure de traitement de sortie de crise "
            "et ouvrant une procédure de liquidation judiciaire"
        ),
    ),
    "LJ_RESUMED": ("Jugement de reprise de la procédure de liquidation judiciaire",),
    "PLAN_ADOPTED": (
        "Jugement arrêtant le plan de sauvegarde",
        "Jugement de plan de redressement",
        "Jugement arrêtant le plan de sauvegarde financière accélérée",
        "Jugement arrêtant le plan de sauvegarde accélérée",
    ),
    "PLAN_MODIFIED": (
        "Jugement modifiant le plan de sauvegarde",
        "Jugement modifiant le plan de redressement",
        "Jugement modifiant le plan de continuation",
        "Jugement modifiant le plan de cession",
        "Jugement modifiant le plan de sauvegarde financière accélérée",
        "Jugement modifiant le plan de sauvegarde accélérée",
    ),
    "CESSION_PLAN": ("Jugement arrêtant un plan de cession",),
    "PLAN_RESOLVED": (
        "Jugement prononçant la résolution du plan de cession",
        "Jugement prononçant la résolution du plan de sauvegarde",
        "Jugement prononçant la résolution du plan de redressement",
    ),
    "PLAN_RESOLVED_TO_RJ": (
        "Jugement prononçant la résolution du plan de sauvegarde et le redressement judiciaire",
        "Jugement prononçant la résolution du plan de sauvegarde accélérée et le redressement judiciaire",
        "Jugement prononçant la résolution du plan de sauvegarde accélérée et redressement judiciaire",
    ),
    "PLAN_RESOLVED_TO_LJ": (
        "Jugement prononçant la résolution du plan de sauvegarde et la liquidation judiciaire",
        "Jugement prononçant la résolution du plan de cession et la liquidation judiciaire",
        "Jugement prononçant la résolution du plan de redressement et la liquidation judiciaire",
        "Jugement prononçant la résolution du plan de sauvegarde financière accélérée et la liquidation judiciaire",
        "Jugement prononçant la résolution du plan de sauvegarde accélérée et la liquidation judiciaire",
        "Jugement prononçant la résolution du plan de traitement de sortie de crise et la liquidation judiciaire",
    ),
    "CONCILIATION_AGREEMENT": ("Jugement d'homologation de l'accord",),
    "AGREEMENT_RESOLVED": ("Jugement de résolution de l'accord homologué",),
    "ENDED_EARLY": (
        "Jugement mettant fin à la procédure de sauvegarde",
        "Jugement mettant fin à la procédure de redressement judiciaire",
        "Jugement mettant fin à la procédure de sauvegarde financière accélérée",
        "Jugement mettant fin à la procédure de sauvegarde accélérée",
    ),
    "CLOSURE": (
        "Jugement de clôture de la procédure de sauvegarde",
        "Jugement de clôture pour extinction du passif",
        "Jugement de clôture pour insuffisance d'actif",
        "Jugement de clôture pour insuffisance d'actif et autorisant la reprise des poursuites individuelles",
        "Jugement de clôture de la liquidation des biens pour extinction du passif",
        "Jugement de clôture de la liquidation des biens pour insuffisance d'actif",
        "Autre jugement de clôture",
        "Clôture de la procédure à défaut d'arrêté du plan dans le délai",
        "Jugement prononçant la clôture de la procédure de rétablissement professionnel",
    ),
    "CREDITORS_MAY_SUE_AGAIN": ("Jugement autorisant la reprise des poursuites individuelles des créanciers",),
    "CESSATION_DATE_CHANGED": ("Jugement modifiant la date de cessation des paiements",),
    "ORGANS_APPOINTED": ("Jugement de désignation des organes de la procédure",),
    "DEPOSIT_NOTICE": (
        "Liste des créances nées après le jugement d'ouverture d'une procédure de redressement judiciaire",
        "Liste des créances nées après le jugement d'ouverture d'une procédure de liquidation judiciaire",
        "Dépôt de l'état des créances",
        "Dépôt de l'état de collocation",
        "Dépôt du projet de répartition",
        "Dépôt de l'état des créances et du projet de répartition",
        "Autres avis de dépôt",
        "Dépôt de l'état des créances Loi de 1985",
        "Autre avis de dépôt",
    ),
    "DECISION_ON_CLAIMS_LIST": (
        "Ordonnance statuant sur les contestations du projet de répartition",
        "Jugement accordant un délai pour déposer la liste des créances",
    ),
    "PERSON_SANCTION": (
        "Jugement d'interdiction de gérer",
        "Jugement de faillite personnelle",
        "Jugement d'interdiction de gérer Loi de 1985",
        "Jugement de faillite personnelle Loi de 1985",
    ),
    "RETRACTION": (
        "Rétractation de jugement d'ouverture sur tierce opposition",
        "Rétractation de prononcé de redressement judiciaire sur tierce opposition",
        "Rétractation de prononcé de liquidation judiciaire sur tierce opposition",
        "Autre rétractation sur tierce opposition",
    ),
    "APPEAL_REVERSED": ("Arrêt de la cour d'appel infirmant une décision soumise à publicité",),
    "APPEAL": (
        "Arrêts divers",
        "Autre arrêt de la Cour d'Appel",
    ),
    "OTHER_READ_COMPLEMENT": (
        "Autre jugement et ordonnance",
        "Autre jugement d'ouverture",
        "Autre jugement prononçant",
        "Autre jugement de liquidation des biens",
        "Autres jugements et ordonnances",
    ),
}
"""The natures of each class."""

_APOSTROPHES = str.maketrans("’‘ʼ´`", "'" * 5)


def _plain(nature: str) -> str:
    """The nature without what differs from one greffe to the next: case, accents' form, apostrophes, spaces."""
    composed = unicodedata.normalize("NFC", nature).translate(_APOSTROPHES)
    return re.sub(r"\s+", " ", composed).strip().casefold()


_CLASS_OF = {_plain(nature): name for name, natures in NATURES.items() for nature in natures}


@lru_cache(maxsize=1024)  # the same few come again and again
def class_of(nature: str) -> str | None:
    """The class of a nature, None where it is not one of those we know: a person then reads it."""
    return _CLASS_OF.get(_plain(nature))
