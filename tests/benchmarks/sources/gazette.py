"""A gazette of any size in BODACC's XML of 2008: invented companies, three in five texts unlike any other, as there."""

import random
import tarfile
from collections.abc import Iterator
from pathlib import Path

from stdnum.luhn import calc_check_digit

HEAD = """<?xml version='1.0' encoding='WINDOWS-1252'?>
<PCL_REDIFF>
  <parution>20260051</parution>
  <dateParution>14/03/2026</dateParution>
  <annonces>
"""
ANNONCE = """    <annonce>
      <typeAnnonce>
        <creation/>
      </typeAnnonce>
      <nojo>BXA26073{number:06}K</nojo>
      <numeroAnnonce>{number}</numeroAnnonce>
      <numeroDepartement>69</numeroDepartement>
      <tribunal>TRIBUNAL DES ACTIVITÉS ÉCONOMIQUES DE LYON</tribunal>
      <identifiantClient>0602106021{number:08}</identifiantClient>
      <personneMorale>
        <denomination>MENUISERIE &amp;amp; CHARPENTE {number}</denomination>
        <formeJuridique>Société à responsabilité limitée</formeJuridique>
      </personneMorale>
      <numeroImmatriculation>
        <numeroIdentificationRCS>{siren}</numeroIdentificationRCS>
        <codeRCS>RCS</codeRCS>
        <nomGreffeImmat>Lyon</nomGreffeImmat>
      </numeroImmatriculation>
      <activite>menuiserie charpente escaliers agencement de magasins.</activite>
      <adresse>
        <france>
          <numeroVoie>{house}</numeroVoie>
          <typeVoie>rue</typeVoie>
          <nomVoie>du Songe</nomVoie>
          <codePostal>69003</codePostal>
          <ville>Lyon</ville>
        </france>
      </adresse>
      <jugement>
        <famille>Jugement prononçant</famille>
        <nature>{nature}</nature>
        <date>{day} mars 2026</date>
        <complementJugement>{text}</complementJugement>
      </jugement>
    </annonce>
"""
TAIL = """  </annonces>
</PCL_REDIFF>
"""
JUDGMENTS = (
    (
        "Jugement d'ouverture de liquidation judiciaire",
        (
            "Jugement prononçant la liquidation judiciaire, date de cessation des paiements le {day} janvier 2026"
            " désignant liquidateur Me Durand {officer} {house} rue des Arts 69003 Lyon. Les créances sont à déclarer,"
            " dans les deux mois de la présente publication, auprès du liquidateur."
        ),
    ),
    (
        "Jugement d'ouverture d'une procédure de redressement judiciaire",
        (
            "Jugement prononçant l'ouverture d'une procédure de redressement judiciaire, date de cessation des"
            " paiements le {day} février 2026, désignant administrateur Me Petit {officer} {house} quai Neuf 69002"
            " Lyon avec les pouvoirs : d'assister le débiteur pour tous les actes de gestion, et mandataire judiciaire"
            " SELARL Martin {house} place du Pont 69001 Lyon. Les créances sont à déclarer au mandataire."
        ),
    ),
    (
        "Jugement de plan de redressement",
        (
            "Jugement arrêtant le plan de redressement, durée du plan {day} ans nomme Commissaire à l'exécution"
            " du plan Me Durand {officer} {house} rue des Arts 69003 Lyon."
        ),
    ),
    (
        "Jugement de clôture pour insuffisance d'actif",
        "Jugement prononçant la clôture de la procédure de liquidation judiciaire pour insuffisance d'actif.",
    ),
    (
        "Dépôt de l'état des créances",
        (
            "L'état des créances est déposé au greffe où tout intéressé peut présenter réclamation devant le"
            " juge-commissaire dans le délai d'un mois à compter de la présente publication."
        ),
    ),
)
NAMES = ("Ada", "Blaise", "Colette", "Denis", "Élise", "Fleury", "Gisèle", "Honoré", "Inès", "Jules")


def write(path: Path, size: int) -> int:
    """Write a gazette of at least so many bytes; the number of its notices."""
    count = 0
    with path.open("w", encoding="windows-1252", newline="") as file:
        file.write(HEAD)
        left = size
        for annonce in _annonces():
            left -= file.write(annonce)
            count += 1
            if left <= 0:
                break
        file.write(TAIL)
    return count


def pack(path: Path) -> Path:
    """The same inside a .tar.gz beside it."""
    packed = path.with_suffix(".tar.gz")
    with tarfile.open(packed, "w:gz", compresslevel=1) as archive:
        archive.add(path, path.name)
    return packed


def _annonces() -> Iterator[str]:
    chance = random.Random(0)
    sirens = [f"9999{number:04}" for number in range(10_000)]
    sirens = [f"{each[:3]} {each[3:6]} {each[6:]}{calc_check_digit(each)}" for each in sirens]
    number = 0
    while True:
        number += 1
        nature, text = JUDGMENTS[number % len(JUDGMENTS)]
        day, house = chance.randint(2, 28), chance.randint(1, 400)
        said = text.format(day=day, house=house, officer=chance.choice(NAMES))
        yield ANNONCE.format(number=number, siren=chance.choice(sirens), house=house, nature=nature, day=day, text=said)
