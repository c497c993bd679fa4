"""The 35 commitments: their number, short name, the charters' own words and which charter."""

from dataclasses import dataclass

RULES_VERSION = "1.5.0"
"""Recorded with every decision. Raise it with any change that can change a decision."""


@dataclass(frozen=True, slots=True)
class Commitment:
    """One promise to policyholders, and where it is written."""

    number: int
    title: str
    words: str
    """From the charters, in French."""
    source: str
    """Which of the insurer's three charters say it: S0, S1, S4. They are not in this repository."""


def _catalog(*rows: tuple[str, str, str]) -> dict[int, Commitment]:
    return {number: Commitment(number, *row) for number, row in enumerate(rows, start=1)}


COMMITMENTS = _catalog(
    ("Judgment alert", "à chaque fois qu’un jugement de tribunal de commerce concerne l’un de vos clients", "S4"),
    ("Limit decision", "positive ou négative, le plus rapidement possible… dernières informations disponibles", "S1"),
    ("Any change of a limit", "tenir informés de toute évolution", "S0"),
    (
        "Reasons, in confidence",
        "décisions sont motivées; explication claire… confidentialité à l’égard des autres clients et acheteurs",
        "S0, S1",
    ),
    ("Notice period", "préavis suffisant pour… renégocier", "S0, S1"),
    ("Exceptional circumstances", "sauf circonstances exceptionnelles", "S0, S1"),
    (
        "Reinstated limit",
        "avertir si nous reprenons une limite de crédit… amélioration de la notation",
        "S1",
    ),
    ("More information", "inviterons à nous communiquer des informations complémentaires", "S0"),
    (
        "Your view counts",
        "tenir compte de votre relation commerciale; remonter des informations de terrain",
        "S0, S1, S4",
    ),
    ("Review", "procédure de révision… services d’arbitrage", "S0"),
    ("Rating", "rating… tous vos acheteurs assurés; note sur 10", "S1, S4"),
    ("Only promises we keep", "ne jamais… promesses que nous ne pourrions pas tenir", "S0, S1"),
    ("Claims guide", "Guide Pratique; procédure… y compris… Atradius Collections", "S0, S1"),
    ("Follow the claim", "Déclarer, suivre le traitement et le recouvrement, communiquer… pièces", "S4"),
    ("Agreed strategy", "Définir avec vous la stratégie; convenons de l’approche", "S0, S1"),
    ("Progress updates", "informations actualisées… avancement… démarches", "S0, S1"),
    (
        "Prompt remittance",
        "Reverser sans délai toutes les sommes dues et encaissées; partagées dès le premier euro; pris en charge",
        "S1, S4",
    ),
    ("Prompt indemnity", "indemniser le plus rapidement possible", "S1"),
    ("Nil or partial indemnity", "raisons d’une indemnisation nulle ou partielle", "S1"),
    ("Debt not recovered", "motif… clairement expliqué et… recours", "S0"),
    ("Delay", "en cas de retard, vous en expliquer les raisons et vous confirmer la date", "S1"),
    (
        "A named contact",
        "coordonnées de votre interlocuteur; personne qui gère le dossier",
        "S0, S1, S4",
    ),
    ("Clear invoice", "montant dû, service concerné, date d’échéance; Aucuns frais supplémentaires", "S0, S4"),
    ("Renewal on time", "renouvellement… en temps et en heure", "S0, S1"),
    ("Yearly declaration", "Déclarer chaque année, archive", "S4"),
    ("Pay on line", "Payer en ligne", "S4"),
    ("Recipients and bank details", "Indiquer les destinataires des avis…, références bancaires", "S4"),
    ("Guarantee requests", "Demander, modifier, supprimer, consulter", "S4"),
    ("Contract clocks", "délais de paiement, de prorogation… de déclaration de sinistres", "S4"),
    ("Unnamed buyers", "limite des acheteurs non dénommés", "S4"),
    ("Clear and light", "strict minimum; tablette… téléphone; régulière, efficace et claire", "S1, S4"),
    ("Help with the tools", "connexion… formation", "S1"),
    ("Measured service", "contrôler et évaluer régulièrement", "S0, S1"),
    ("Your opinion", "vos commentaires", "S0, S1"),
    ("Disclaimer", "Clause de non-responsabilité", "S0"),
)
"""By number."""
