"""What policyholders read in English. French institutions keep their French names where English has no equivalent."""

from streams.commitments.words import NatureWords, Phrases

_NOTHING = "You have nothing to do: this judgment opens no period for declaring claims."
_NOT_AGAIN = "You have nothing to do for claims already declared: they need not be declared again."
_NEW_CLAIMS = (
    "Claims entered in the plan need not be declared again (art. L. 626-27 C. com.). "
    "For a claim that arose after the plan was adopted, speak to your contact without delay."
)
_UNDERWRITER = "You have nothing to do: any decision on your cover will be notified to you separately."
_READ = "Read the published text, and speak to your contact if it raises a question."
_DECLARE = ""

NATURES = {
    "OPENING_SAUVEGARDE": NatureWords(
        "safeguard proceedings opened", "Safeguard proceedings (sauvegarde) are opened against your buyer.", _DECLARE
    ),
    "OPENING_RJ": NatureWords(
        "receivership opened", "Your buyer is placed in receivership (redressement judiciaire).", _DECLARE
    ),
    "OPENING_LJ": NatureWords(
        "judicial liquidation opened",
        "Your buyer is placed in judicial liquidation (liquidation judiciaire).",
        _DECLARE,
    ),
    "OPENING_OTHER": NatureWords(
        "crisis-exit proceedings opened",
        "Crisis-exit proceedings (traitement de sortie de crise) are opened against your buyer, "
        "who lists the debts itself (loi n° 2021-689, art. 13).",
        "Check the extract of that list that the court's agent will send you, "
        "and report to the agent any claim that is missing or wrong.",
    ),
    "EXTENSION_SAUVEGARDE": NatureWords(
        "safeguard proceedings extended to this buyer",
        "Safeguard proceedings already open are extended to your buyer: the date given is for your claims on it.",
        _DECLARE,
    ),
    "EXTENSION_RJ": NatureWords(
        "receivership extended to this buyer",
        "A receivership already open is extended to your buyer: the date given is for your claims on it.",
        _DECLARE,
    ),
    "EXTENSION_LJ": NatureWords(
        "judicial liquidation extended to this buyer",
        "A judicial liquidation already open is extended to your buyer: the date given is for your claims on it.",
        _DECLARE,
    ),
    "CONVERSION_TO_RJ": NatureWords(
        "proceedings converted into receivership", "The proceedings already open become a receivership.", _NOT_AGAIN
    ),
    "CONVERSION_TO_LJ": NatureWords(
        "proceedings converted into judicial liquidation",
        "The proceedings already open become a judicial liquidation.",
        _NOT_AGAIN,
    ),
    "ENDED_EARLY": NatureWords("proceedings ended", "The court ends the proceedings before their term.", _UNDERWRITER),
    "CLOSURE": NatureWords("proceedings closed", "The proceedings are closed.", _NOTHING),
    "CONCILIATION_AGREEMENT": NatureWords(
        "conciliation agreement approved",
        "The court approves an agreement between your buyer and creditors; these are not insolvency proceedings.",
        _NOTHING,
    ),
    "AGREEMENT_RESOLVED": NatureWords(
        "conciliation agreement terminated", "Your buyer's approved conciliation agreement is terminated.", _NOTHING
    ),
    "PLAN_ADOPTED": NatureWords(
        "plan adopted", "The court adopts the plan that sets how your buyer will pay its debts.", _NOT_AGAIN
    ),
    "PLAN_MODIFIED": NatureWords("plan modified", "The court modifies the plan under way.", _NOT_AGAIN),
    "PLAN_RESOLVED": NatureWords("plan terminated", "The plan under way is terminated.", _NOT_AGAIN),
    "PLAN_RESOLVED_TO_RJ": NatureWords(
        "plan terminated, receivership",
        "The plan is terminated and your buyer is placed in receivership.",
        _NEW_CLAIMS,
    ),
    "PLAN_RESOLVED_TO_LJ": NatureWords(
        "plan terminated, judicial liquidation",
        "The plan is terminated and your buyer is placed in judicial liquidation.",
        _NEW_CLAIMS,
    ),
    "CESSION_PLAN": NatureWords(
        "sale of the business ordered", "The court orders the sale of all or part of the business.", _NOT_AGAIN
    ),
    "CESSATION_DATE_CHANGED": NatureWords(
        "date of cessation of payments changed",
        "The court changes the date on which your buyer stopped paying.",
        _NOTHING,
    ),
    "CREDITORS_MAY_SUE_AGAIN": NatureWords(
        "creditors may sue again",
        "Creditors may again take action against this buyer themselves.",
        "If a claim is still owed to you, speak to your contact before you sue.",
    ),
    "LJ_RESUMED": NatureWords(
        "judicial liquidation resumed", "The judicial liquidation, which was closed, is resumed.", _NOT_AGAIN
    ),
    "DECISION_ON_CLAIMS_LIST": NatureWords(
        "decision on claims or their distribution",
        "A decision was given on the list of claims or on the distribution to creditors.",
        _NOTHING,
    ),
    "ORGANS_APPOINTED": NatureWords(
        "officers of the proceedings appointed",
        "The court appoints or replaces officers of the proceedings.",
        "You have nothing to do: write from now on to those whom the text names.",
    ),
    "PERSON_SANCTION": NatureWords(
        "personal sanction",
        "A person is barred from managing a business, or declared personally bankrupt; "
        "these are not insolvency proceedings.",
        _NOTHING,
    ),
    "APPEAL": NatureWords("decision of a court of appeal", "A court of appeal has decided.", _READ),
    "APPEAL_REVERSED": NatureWords(
        "decision reversed on appeal", "A court of appeal reverses the decision that had been published.", _UNDERWRITER
    ),
    "RETRACTION": NatureWords(
        "judgment retracted", "The court retracts its judgment, on a third party's opposition.", _UNDERWRITER
    ),
    "DEPOSIT_NOTICE": NatureWords(
        "filing at the registry", "A list or statement was filed at the registry; this is not a judgment.", _NOTHING
    ),
    "OTHER_READ_COMPLEMENT": NatureWords(
        "decision published", "A decision was published; only its text says what it is.", _READ
    ),
}

PHRASES = Phrases(
    day="d MMMM y",
    long_day="EEEE d MMMM y",
    titles={
        "JudgmentAlert": "{name}: {heading}",
        "JudgmentAlertRectified": "Correction – {name}: {heading}",
        "JudgmentAlertAnnulled": "Annulled – {name}: publication annulled ({heading})",
        "elsewhere": "Correction – the judgment announced concerns another person: {name}",
        "RecipientsChanged": "The recipients of your notices have changed",
    },
    title_to_declare=", declare your claim by {day} at the latest",
    title_past=", time to declare is over",
    officer={
        "LIQUIDATOR": "to the liquidator, {who}",
        "MANDATAIRE_JUDICIAIRE": "to the creditors’ representative (mandataire judiciaire), {who}",
        "": "to the mandataire judiciaire or the liquidator appointed by the court",
    },
    declare="Declare your claim {officer}, by {declare_by} at the latest.",
    declare_undated="Declare your claim {officer}, without delay: "
    "the period runs from the first publication, whose date is not known to us.",
    declare_abroad="This court is not French: the time to assert your claim depends on its law. "
    "Speak to your contact without delay.",
    declare_past="The time to declare your claim has been over since {declare_by}. If it was not declared, relief from "
    "foreclosure may be asked of the supervising judge (juge-commissaire) until {relief_by} (art. L. 622-26 C. com.).",
    declare_foreclosed="The time to declare your claim has been over since {declare_by}, "
    "and the time to ask for relief from foreclosure since {relief_by} (art. L. 622-26 C. com.).",
    to_verify="Date to be verified: it is the earliest possible. It depends on the territory of the creditor and of "
    "the court, and on a publication that may have been corrected (art. R. 622-24 C. com.).",
    told_in_person="If your claim is secured by a published security, or arises from a published contract, the "
    "mandataire judiciaire or the liquidator tells you in person: your period then runs from that, "
    "and this date is not yours (art. L. 622-24 C. com.).",
    claim_goods="Retention of title: claim the goods by {day} at the latest, from the administrator if one is "
    "appointed, otherwise from the mandataire judiciaire or the liquidator (art. L. 624-9 C. com.).",
    claim_goods_past="Retention of title: the time to claim the goods has been over since {day} "
    "(art. L. 624-9 C. com.).",
    annulled="The publication is annulled: what we told you of it no longer holds. If you have already declared a "
    "claim, do not withdraw it before speaking to your contact. Any decision on your cover will be notified to you "
    "separately.",
    annulled_untold="The publication is annulled: it no longer holds. If you knew of it otherwise and have already "
    "declared a claim, do not withdraw it before speaking to your contact.",
    elsewhere="As corrected, this judgment no longer concerns the buyer that we told you of: you have nothing to do.",
    disclaimer="For information only; the terms of your policy prevail.",
)
