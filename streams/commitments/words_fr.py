"""What policyholders read in French."""

from streams.commitments.words import NatureWords, Phrases

_NOTHING = "Vous n’avez rien à faire : ce jugement n’ouvre pas de délai pour déclarer vos créances."
_NOT_AGAIN = "Vous n’avez rien à faire pour les créances déjà déclarées : elles n’ont pas à l’être de nouveau."
_NEW_CLAIMS = (
    "Les créances inscrites au plan n’ont pas à être déclarées de nouveau (art. L. 626-27 C. com.). "
    "Pour une créance née depuis l’arrêté du plan, contactez votre interlocuteur sans attendre."
)
_UNDERWRITER = "Vous n’avez rien à faire : toute décision sur votre garantie vous sera notifiée à part."
_READ = "Lisez le texte publié, et contactez votre interlocuteur s’il appelle une question."
_DECLARE = ""

NATURES = {
    "OPENING_SAUVEGARDE": NatureWords(
        "sauvegarde ouverte", "Une procédure de sauvegarde est ouverte à l’égard de votre acheteur.", _DECLARE
    ),
    "OPENING_RJ": NatureWords(
        "redressement judiciaire ouvert", "Votre acheteur est mis en redressement judiciaire.", _DECLARE
    ),
    "OPENING_LJ": NatureWords(
        "liquidation judiciaire ouverte", "Votre acheteur est mis en liquidation judiciaire.", _DECLARE
    ),
    "OPENING_OTHER": NatureWords(
        "traitement de sortie de crise ouvert",
        "Une procédure de traitement de sortie de crise est ouverte à l’égard de votre acheteur : "
        "il établit lui-même la liste de ses dettes (loi n° 2021-689, art. 13).",
        "Vérifiez l’extrait de cette liste que le mandataire vous transmettra, "
        "et signalez-lui toute créance omise ou inexacte.",
    ),
    "EXTENSION_SAUVEGARDE": NatureWords(
        "sauvegarde étendue à cet acheteur",
        "Une procédure de sauvegarde déjà ouverte est étendue à votre acheteur : "
        "le délai indiqué vaut pour vos créances sur lui.",
        _DECLARE,
    ),
    "EXTENSION_RJ": NatureWords(
        "redressement judiciaire étendu à cet acheteur",
        "Un redressement judiciaire déjà ouvert est étendu à votre acheteur : "
        "le délai indiqué vaut pour vos créances sur lui.",
        _DECLARE,
    ),
    "EXTENSION_LJ": NatureWords(
        "liquidation judiciaire étendue à cet acheteur",
        "Une liquidation judiciaire déjà ouverte est étendue à votre acheteur : "
        "le délai indiqué vaut pour vos créances sur lui.",
        _DECLARE,
    ),
    "CONVERSION_TO_RJ": NatureWords(
        "procédure convertie en redressement judiciaire",
        "La procédure déjà ouverte devient un redressement judiciaire.",
        _NOT_AGAIN,
    ),
    "CONVERSION_TO_LJ": NatureWords(
        "procédure convertie en liquidation judiciaire",
        "La procédure déjà ouverte devient une liquidation judiciaire.",
        _NOT_AGAIN,
    ),
    "ENDED_EARLY": NatureWords(
        "fin de la procédure", "Le tribunal met fin à la procédure avant son terme.", _UNDERWRITER
    ),
    "CLOSURE": NatureWords("clôture de la procédure", "La procédure est close.", _NOTHING),
    "CONCILIATION_AGREEMENT": NatureWords(
        "accord de conciliation homologué",
        "Le tribunal homologue un accord entre votre acheteur et des créanciers ; "
        "ce n’est pas une procédure collective.",
        _NOTHING,
    ),
    "AGREEMENT_RESOLVED": NatureWords(
        "accord de conciliation résolu",
        "L’accord de conciliation homologué de votre acheteur est résolu.",
        _NOTHING,
    ),
    "PLAN_ADOPTED": NatureWords(
        "plan arrêté", "Le tribunal arrête le plan qui fixe comment votre acheteur paiera ses dettes.", _NOT_AGAIN
    ),
    "PLAN_MODIFIED": NatureWords("plan modifié", "Le tribunal modifie le plan en cours.", _NOT_AGAIN),
    "PLAN_RESOLVED": NatureWords("plan résolu", "Le plan en cours est résolu.", _NOT_AGAIN),
    "PLAN_RESOLVED_TO_RJ": NatureWords(
        "plan résolu, redressement judiciaire",
        "Le plan est résolu et votre acheteur est mis en redressement judiciaire.",
        _NEW_CLAIMS,
    ),
    "PLAN_RESOLVED_TO_LJ": NatureWords(
        "plan résolu, liquidation judiciaire",
        "Le plan est résolu et votre acheteur est mis en liquidation judiciaire.",
        _NEW_CLAIMS,
    ),
    "CESSION_PLAN": NatureWords(
        "plan de cession arrêté", "Le tribunal arrête la cession de tout ou partie de l’entreprise.", _NOT_AGAIN
    ),
    "CESSATION_DATE_CHANGED": NatureWords(
        "date de cessation des paiements modifiée",
        "Le tribunal modifie la date à laquelle votre acheteur a cessé ses paiements.",
        _NOTHING,
    ),
    "CREDITORS_MAY_SUE_AGAIN": NatureWords(
        "poursuites individuelles autorisées",
        "Les créanciers peuvent de nouveau poursuivre eux-mêmes cet acheteur.",
        "Si une créance vous reste due, contactez votre interlocuteur avant toute poursuite.",
    ),
    "LJ_RESUMED": NatureWords(
        "liquidation judiciaire reprise", "La liquidation judiciaire, qui était close, est reprise.", _NOT_AGAIN
    ),
    "DECISION_ON_CLAIMS_LIST": NatureWords(
        "décision sur les créances ou leur répartition",
        "Une décision a été rendue sur la liste des créances ou sur leur répartition.",
        _NOTHING,
    ),
    "ORGANS_APPOINTED": NatureWords(
        "organes de la procédure désignés",
        "Le tribunal désigne ou remplace des organes de la procédure.",
        "Vous n’avez rien à faire : adressez désormais vos courriers à ceux que le texte nomme.",
    ),
    "PERSON_SANCTION": NatureWords(
        "sanction personnelle",
        "Une personne est frappée d’une interdiction de gérer ou d’une faillite personnelle ; "
        "ce n’est pas une procédure collective.",
        _NOTHING,
    ),
    "APPEAL": NatureWords("arrêt d’une cour d’appel", "Une cour d’appel a statué.", _READ),
    "APPEAL_REVERSED": NatureWords(
        "décision infirmée en appel", "Une cour d’appel infirme la décision qui avait été publiée.", _UNDERWRITER
    ),
    "RETRACTION": NatureWords(
        "jugement rétracté", "Le tribunal rétracte son jugement, sur tierce opposition.", _UNDERWRITER
    ),
    "DEPOSIT_NOTICE": NatureWords(
        "avis de dépôt au greffe", "Un état ou une liste a été déposé au greffe ; ce n’est pas un jugement.", _NOTHING
    ),
    "OTHER_READ_COMPLEMENT": NatureWords(
        "décision publiée", "Une décision a été publiée ; son texte seul dit ce qu’elle est.", _READ
    ),
}

PHRASES = Phrases(
    day="d MMMM y",
    long_day="EEEE d MMMM y",
    titles={
        "JudgmentAlert": "{name} : {heading}",
        "JudgmentAlertRectified": "Rectification – {name} : {heading}",
        "JudgmentAlertAnnulled": "Annulation – {name} : publication annulée ({heading})",
        "elsewhere": "Rectification – le jugement annoncé concerne une autre personne : {name}",
        "RecipientsChanged": "Les destinataires de vos avis ont changé",
    },
    title_to_declare=", déclarez votre créance au plus tard le {day}",
    title_past=", délai de déclaration passé",
    officer={
        "LIQUIDATOR": "au liquidateur, {who}",
        "MANDATAIRE_JUDICIAIRE": "au mandataire judiciaire, {who}",
        "": "au mandataire judiciaire ou au liquidateur désigné par le tribunal",
    },
    declare="Déclarez votre créance {officer}, au plus tard le {declare_by}.",
    declare_undated="Déclarez votre créance {officer}, sans attendre : "
    "le délai court de la première publication, dont la date ne nous est pas connue.",
    declare_abroad="Ce tribunal n’est pas français : le délai pour faire valoir votre créance dépend de sa loi. "
    "Contactez votre interlocuteur sans attendre.",
    declare_past="Le délai pour déclarer votre créance est passé depuis le {declare_by}. Si elle ne l’a pas été, "
    "un relevé de forclusion peut être demandé au juge-commissaire jusqu’au {relief_by} (art. L. 622-26 C. com.).",
    declare_foreclosed="Le délai pour déclarer votre créance est passé depuis le {declare_by}, "
    "et celui du relevé de forclusion depuis le {relief_by} (art. L. 622-26 C. com.).",
    to_verify="Date à vérifier : c’est la plus proche possible. Elle dépend du territoire du créancier et du tribunal, "
    "et d’une publication qui a pu être corrigée (art. R. 622-24 C. com.).",
    told_in_person="Si votre créance est garantie par une sûreté publiée, ou née d’un contrat publié, le mandataire "
    "judiciaire ou le liquidateur vous avertit personnellement : votre délai court alors de cet avertissement, "
    "et cette date n’est pas la vôtre (art. L. 622-24 C. com.).",
    claim_goods="Réserve de propriété : revendiquez les biens au plus tard le {day}, auprès de l’administrateur "
    "s’il en est nommé un, sinon du mandataire judiciaire ou du liquidateur (art. L. 624-9 C. com.).",
    claim_goods_past="Réserve de propriété : le délai pour revendiquer les biens est passé depuis le {day} "
    "(art. L. 624-9 C. com.).",
    elsewhere="Tel qu’il est corrigé, ce jugement ne concerne plus l’acheteur dont nous vous avions parlé : "
    "vous n’avez rien à faire.",
    annulled="La publication est annulée : ce que nous vous en avons dit ne tient plus. Si vous avez déjà déclaré une "
    "créance, ne la retirez pas sans l’avis de votre interlocuteur. Toute décision sur votre garantie vous sera "
    "notifiée à part.",
    annulled_untold="La publication est annulée : elle ne vaut plus. Si vous en aviez eu connaissance par ailleurs et "
    "déjà déclaré une créance, ne la retirez pas sans l’avis de votre interlocuteur.",
    disclaimer="Information donnée à titre indicatif ; les conditions de votre police prévalent.",
)
