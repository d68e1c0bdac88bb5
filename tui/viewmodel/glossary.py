"""What the short words of the screens mean: the second page of the help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui.text.lines import Line, wrapped

GLOSSARY: Final[tuple[tuple[str, tuple[tuple[str, str], ...]], ...]] = (
    (
        "THE TRADE",
        (
            ("debit DB", "the spread bought first: two options of one expiration, it costs money"),
            ("credit CR", "the spread sold against it: it completes the pair and brings more"),
            ("pair", "a debit with its credit; held until it expires"),
            ("unit", "a filled debit whose credit is not filled yet; legged, open, unhedged"),
            ("floor", "what finished pairs pay at least at expiration, after fees: guaranteed"),
            ("cash", "premium received minus paid: no profit, it may be owed at expiration"),
            ("SAFE", "the rule that a pair cannot lose at expiration; any and otm let it"),
            ("assumed", "fills by assumed odds: this simulation's own, no market's"),
            ("assumed-width", "the same, and less often the wider a spread is quoted"),
            ("assumed*", "with parameters of your own, which the report names"),
            ("crossing", "fills only where quotes cross the limit"),
        ),
    ),
    (
        "FIRST LINES",
        (
            ("SIM PAPER LIVE", "simulated exchange; an account without real money; real money"),
            ("ALM a/b/c", "active alarms of P1 (act now), P2 (look soon), P3 (know it)"),
            ("P1 P2 P3", "priorities of alarms; U not answered, A acknowledged, S shelved"),
            ("Floor Cash", "the floor and the cash of the desk, or of the symbol filtered"),
            ("Unh Unhedged", "debit contracts without their credit, and their loss at worst"),
            ("Wrk Working", "orders at the broker now"),
            ("Imb Imbalance", "debit contracts more than credit contracts, of the limit"),
            ("Loss Day loss", "the day's loss, of the limit ahead: no entries, then all sold back"),
            ("Ord Orders", "orders sent today, of the budget where there is one"),
            ("$/Ord $/TrH", "floor dollars of the session, by orders and by traders' hours"),
            ("$/order $/TrH", "the same of one trader: its own orders, its own open time"),
            ("$-days/$", "capital of held pairs times days to expiration, a floor dollar"),
            ("of gains", "a trader's part in the sum of all results above zero"),
            ("best symbol", "who gained most, its part in all gains; like so many equal ones"),
            (
                "Look Oldest look",
                "how long ago the idlest trader that is not paused looked",
            ),
            ("Quote", "age of stale quotes, marked !"),
            ("Broker", "half of the broker's answers come within this time"),
            ("Fees", "fees paid so far"),
            ("Hung", "units that wait for their credit for more than 5 s"),
            ("Rate", "orders of the last minute, of the limit"),
            ("Late", "the engine acts at most this late, 99 times in 100"),
            ("UNARMED", "an account of real money that nobody has armed: nothing is bought"),
            ("feed!", "quotes that are not live: delayed, indicative or simulated"),
            ("Link", "how long ago the broker's process was heard; DOWN where it is not"),
            ("Power Next", "buying power left for another pair, and what that pair takes"),
            (
                "$25,000 Worth",
                "what the account is worth, as the broker tells it; ! where that is old",
            ),
            ("Calls", "calls that the broker takes this minute, of its limit"),
            ("Clock", "the broker's time minus ours, where that is above 0.3 s"),
            ("UNKNOWN", "orders without a definite answer: they count as the worse outcome"),
        ),
    ),
    (
        "STATES OF A TRADER",
        (
            ("ST", "the column of states"),
            ("RUN", "waits for its next attempt"),
            ("?", "in a replay of a run: its journal does not say what it waited for"),
            ("WRK", "a debit is working"),
            ("HDG", "a debit has filled, its credit is being worked"),
            ("PAU", "paused by you"),
            ("HLD", "held by itself: too few fills, or rejects"),
            ("BLK", "a limit or another gate is closed"),
            ("STL", "its quotes are too old"),
            ("FLT", "its own code failed; the others go on"),
            ("OFF", "no entries in this phase"),
            ("KIL", "kill is latched"),
        ),
    ),
    (
        "STATES OF THE DESK",
        (
            ("STARTING WARMING", "begins; trades the simulated morning flat out"),
            ("HALTED", "no new debit until : Resume all; open units complete"),
            ("EXIT-ONLY", "a limit lets it only complete and close"),
            ("KILLING KILLED", "after the kill key: cancels are on their way; nothing trades"),
            ("DRAINING ENDED", "ends in order; has ended"),
        ),
    ),
    (
        "LADDER OF AN OPEN UNIT",
        (
            ("CHAIN AGE STG", "symbol and expiration; since the fill; the stage below"),
            ("H0 H1", "the planned credit, above debit and fees; h has the times"),
            ("H2", "a tick less at a time, still above debit and fees"),
            ("H3", "another credit, if its floor is better"),
            ("H4", "what the debit cost"),
            ("H5", "yours to decide (h); P1 alarm of its own"),
            ("H6", "the debit is sold back, its loss bounded"),
            ("H7", "parked: nothing but a resting credit"),
            ("COMPLETE$", "what the unit comes to with its credit sold at the bid now"),
            ("SCRATCH$", "with a credit at what the debit cost"),
            ("UNWIND$", "with the debit sold back at its bid"),
            ("CARRY$", "the worst of holding it to expiration"),
            ("WORKS", "the order at work for it, and its limit"),
            ("CHOSEN", "what you chose for it; nothing where it is the ladder's"),
        ),
    ),
    (
        "COLUMNS OF TRADERS AND BALANCES",
        (
            ("SYM EXPIRY DTE", "symbol, expiration, days to it"),
            ("SZ", "contracts of its next debit"),
            ("FIL% K/N", "debits filled in percent, and as a number of attempts"),
            ("95%CI", "where the fill rate lies with 95 % confidence"),
            ("LOW% HIGH% FILLS", "its two ends, columns of their own in files; debits filled"),
            ("COMP", "filled debits that were completed, in percent"),
            (
                "LST",
                "last attempt: FIL filled, PAR in part, TMO timeout, REJ rejected, CAN cancelled",
            ),
            ("NEXT", "time to the next attempt, ladder stage and age, or why it waits"),
            ("NET", "debit minus credit contracts"),
            ("FLOOR$ OPEN$", "floor of finished pairs; what open units cost"),
            ("WORST$", "what open units come to at least, if they expire as they are"),
            ("+SPY 12 2! 3HDG", "a symbol of 12 traders, closed; 2 are urgent, 3 in that state"),
            ("-SPY", "the same with its traders under it; Enter opens and closes it"),
            ("LOOK", "seconds since its last look at quotes"),
            ("FILLS 60MIN", "fills of the last hour, five minutes a cell"),
            ("HDG50", "half of its credits fill within this time"),
            ("CASH$ MATCHED$", "cash; cash of finished pairs alone"),
            ("WHY", "the first gate that is closed"),
            ("AGE", "how long something has been open"),
            ("lots/att", "contracts filled an attempt"),
            ("EXPECTED", "of its next attempts; a thin chain borrows from symbol and desk"),
            ("AFTERWARDS", "what the market did after fills and cancels, where anybody looked"),
        ),
    ),
    (
        "WHY NOT, IN NEXT",
        (
            ("paused halted", "paused by you; entries halted, until : Resume all"),
            ("kill exit ended", "kill latched; only completing and closing; the session is over"),
            ("phase close", "no phase for entries; too near the close"),
            ("held hours", "automatic hold; an hour left out by an approved recommendation"),
            ("disk clock", "the journal cannot be written; clocks differ"),
            ("order? recon", "an order without an answer; book and broker differ"),
            ("link feed", "the broker cannot be reached; its feed is not live, in mode LIVE"),
            ("base unarm", "what the account held is not confirmed; live trading is not armed"),
            ("power", "too little buying power for the debit and its completion"),
            ("imbal cap loss", "limits of imbalance, of capital, of the day's loss"),
            ("unwind reject", "too many sold back; too many rejects"),
            ("legged", "a unit of this chain is being completed"),
            ("short exdate", "short contracts without long ones; ex-dividend date near"),
            ("absent stale", "not listed; quotes too old"),
            ("room worst", "the loss left is too small; the chain could lose too much"),
            ("nopair other", "no pair passes; every pair would close another one's leg"),
            ("assign", "every pair would sell what may be exercised early at no loss"),
            ("twice", "the same order went out a moment ago"),
            ("remove", "the chain leaves the desk: only what is open is completed"),
        ),
    ),
    (
        "ORDERS",
        (
            ("UN SH", "a sale that unwinds a debit; shares that an exercise left"),
            ("TIME ORDER", "when it was sent; the end of its id"),
            ("LEGS", "strikes bought/sold, C calls, P puts"),
            ("LIMIT MARKET", "its limit; bid to ask of the spread when it was sent"),
            ("STATUS NOTE", "how far it has come; the broker's words"),
            ("NEW RECORDED", "made; in the journal, and not sent yet"),
            ("SENT WORKING", "on its way; at the broker"),
            ("PARTIAL FILLED", "in part executed; executed whole"),
            ("TAKEN BACK", "was filled; the broker has taken executions of it back"),
            ("CANCELING", "asked back; CANCELED: the broker has taken it back"),
            ("REJECTED DENIED", "refused by the broker; never came there"),
            ("EXPIRED", "ended with its day"),
            ("STAGE CYCLE", "the ladder's stage that sent it; the cycle it belongs to"),
            ("QTY FILLED PRICE", "filled of its contracts; filled; the average price"),
            ("TOOK BROKER'S", "from the broker's answer to its end; the broker's own id"),
            ("MS FROM WHAT", "milliseconds; engine or operator; what happened"),
        ),
    ),
    (
        "POSITIONS",
        (
            ("DEBIT CREDIT N", "strikes of both spreads of a pair; how many pairs"),
            ("PAID RECV FEES$", "a share paid and received; fees"),
            ("LABEL", "ARB cannot lose; LOCK* only by early assignment or dividend; RISK can"),
            ("ITM 6.20, time 3", "sold and in the money by so much; the time value it has left"),
            ("NOW$", "closing it now at natural prices: buy at the ask, sell at the bid"),
            ("KIND WARNINGS", "which two spreads; what to look at before expiration"),
            ("CONTRACT QTY", "strike and right; contracts held, + long, - short"),
            ("PAIRS ENDS BY", "pairs it belongs to; the trade that closes it"),
            ("BID ASK", "its quotes"),
            ("CYCLE OPENED", "a pair's number with its trader; its first execution"),
        ),
    ),
    (
        "VERDICTS OF RECOMMENDATIONS",
        (
            ("SEPARATED", "a trial was kept: it earns more"),
            ("PROMISING", "evidence points to a gain: y starts the trial that proves it"),
            ("NOT SEPARATED", "no gain worth having is shown: keep collecting"),
            ("THIN", "too few attempts to say anything"),
            ("CENSORED", "the cancel timer hides what would have filled later"),
            ("CONFOUNDED", "something else changed with it"),
            ("UNPROVEN", "applied without a trial, and nothing proved it: u takes it back"),
            ("SIZE CANCEL HOURS", "what would change: contracts, time to the cancel, hours"),
            ("BUY SELL FLOOR", "quote location of debits, of credits, least floor"),
            ("CHOICE DELAY PAUSE", "pairs by floor or credit, waits, a chain that rests"),
        ),
    ),
    (
        "TRIALS",
        (
            ("t, t:T3", "a trial, T3, decides the settings of the trader's next attempt"),
            ("T3 before, T3 after", "the arm of a trial that the next attempt is in"),
            ("KEPT", "proved to gain: it stays in force"),
            ("REVERTED", "proved to make less: the former value is back, as after the rest"),
            ("NO DIFFERENCE", "no gain worth having is left in the interval"),
            ("HARM", "more hung or failed units than chance deals, or much lost"),
            ("INTERFERENCE", "loss room or budget kept an arm from ordering"),
            ("TIME UP, STOPPED", "no verdict in time; ended by the operator"),
        ),
    ),
    (
        "HEALTH",
        (
            ("p50 p99", "half, or 99 of 100, are at or below this"),
            ("Suspect", "debits with a floor above 0 at mid: quotes stale or mispriced"),
            ("recon MATCH", "book and broker compared, and equal"),
            ("seq flush", "rows of the journal; time to write them"),
            ("late", "how late the engine acts"),
            ("beat", "since the engine's last snapshot; from 2 s on it is called silent"),
            ("loop lag", "how late the screen's own timer was in the last minute"),
            (
                "clock off",
                "how far a clock is from the desk's time; at its limit nothing is bought",
            ),
            ("writer", "how long the oldest event has waited for the disk, and how many do"),
            ("memory", "of the program, of what it may use"),
            ("guard", "a second process that cancels if the desk dies"),
            ("entries, delay ×1", "whether debits go out, and how much longer they wait between"),
            ("calendar", "the exchange's days: how far the desk knows them"),
            ("ratio", "orders and cancels sent for each order that executed"),
            ("source, limits", "where quotes come from; which set of limits is in force"),
            ("faults", "rejects, fills after a cancel, doubles, as the broker reported them"),
        ),
    ),
    (
        "PHASES OF THE DAY",
        (
            ("PRE_MARKET", "before the open: no debit"),
            ("OPEN_AUCTION", "the first quarter of an hour: debits wait longer"),
            ("MORNING MIDDAY", "from 9:45; from 11:30, exchange time (ET)"),
            ("AFTERNOON", "from 14:00"),
            ("CLOSE_AUCTION", "the last quarter of an hour: waits grow; no debit near the close"),
            ("AFTER_HOURS", "after the close: no debit; what expires is settled"),
            ("TIME PAUSED", "simulated time stands still (,)"),
            ("SILENT", "the desk has told nothing for so long: what is shown may be old"),
        ),
    ),
    (
        "ANSWERS",
        (
            ("requested", "asked of the desk, which has not answered yet"),
            ("confirmed", "the desk has done it"),
            ("refused", "the desk has not done it, and says why"),
            ("ok warn fail ?", "a point of the connection: well, look, in the way, not known"),
            ("cleared shelved", "an alarm whose cause is gone; one put aside for a while"),
            ("DIFFERENCE", "book and broker hold different contracts: a P1 alarm says what to do"),
        ),
    ),
    (
        "SESSION, DETAIL, REPORT",
        (
            ("to close", "closing all that is open and held now, at natural prices"),
            ("natural prices", "buying at the ask, selling at the bid"),
            ("cycles, per hung", "units begun and closed; their dollars for each one that hung"),
            ("hedge", "how long units waited for their credit"),
            ("bounds, effect", "what a setting may be; what a change is expected to bring"),
            ("needed", "the price that the working credit still asks for"),
            ("spot", "the underlying's price; breakeven: where a pair neither gains nor loses"),
            ("ADVICE", "what trials measured of what had been promised: the ledger"),
            ("level, baseline", "what an account may trade; what it held before the desk came"),
            ("arming", "whether somebody let this account trade real money"),
        ),
    ),
    (
        "MARKS",
        (
            ("! ? # -", "stale; unknown; does not fit; none"),
            ("▸ •", "the row the keys are on, or what the tour points at; a marked row"),
            ("… → ·", "more than fits; becomes, or follows; between two parts"),
            ("↓ ↑", "a list in the order that is named, or that turned round"),
            ("× ± ≥ ≤", "times; more or less by; at least; at most"),
            ("● ┴", "now, and where a phase begins, on the bar of the day"),
            ("━ ─ │", "how much of a bar; the rest of it; zero, or a limit, of a plot"),
            ("▁▂▃▄▅▆▇█", "a strip over time: the higher, the more; one scale for a column"),
            ("⠤ ⣀", "dots: a plot over time or price; dotted above and below: 95 %"),
            ("| P K !", "under a plot: a phase; a pause, halt or resume; kill; an alarm"),
            ("T A R E H", "a trial; a change applied; a desk begins; ends; a trader held"),
        ),
    ),
)
"""Groups of words with their meaning, as a newcomer meets them."""

TERM: Final = 20
"""Cells of the words, and of the gap after them."""


def lines(width: int, passes: Callable[[str], bool] = lambda text: True) -> list[Line]:
    """Every word with its meaning, as many rows as they need.

    Args:
        passes: whether a word and its meaning, in capitals, are shown; groups without any go too.
    """
    result: list[Line] = []
    for title, entries in GLOSSARY:
        shown = [each for each in entries if passes(f"{each[0]} {each[1]}".upper())]
        if not shown:
            continue
        result.append(((title, "title"),))
        for term, meaning in shown:
            first, *rest = wrapped(meaning, width - TERM - 2, "value")
            result.append(((f"  {term:<{TERM}}", "key"), *first))
            result += [((" " * (TERM + 2), "text"), *line) for line in rest]
        result.append(())
    return result
