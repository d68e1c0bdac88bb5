"""What every setting means, in a sentence, as the configuration screen tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MEANINGS: Final[Mapping[str, str]] = {
    "mode": (
        "SIM trades the simulated exchange, PAPER an account that is no real money, LIVE one "
        "that is."
    ),
    "account": "Names the run's journal, orders and header; not the number at the broker.",
    "theme": "Colours of the terminal, by name.",
    "state_dir": "Folder in which runs, status and requests are kept.",
    "fees": "What a contract of a leg costs, by option root, in cents.",
    "ex_dividends": "Ex-dates by root: a short leg in the money is sold back the day before.",
    "dividend_yields": (
        "Dividends of a year by root, as a fraction of the price; early exercise of calls."
    ),
    "timing.cancel_after_seconds": "How long a debit works before it is cancelled, s.",
    "timing.min_delay_between_attempts": "Least wait before a trader's next attempt, s.",
    "timing.max_delay_between_attempts": "Longest wait before a trader's next attempt, s.",
    "timing.random_delay_factor": (
        "How much of the wait is by chance, so that attempts have no rhythm."
    ),
    "timing.open_auction_delay_multiplier": "Waits are so many times longer after the open.",
    "timing.close_auction_delay_multiplier": "Waits are so many times longer before the close.",
    "sizing.min_contracts": "Smallest order, contracts.",
    "sizing.max_contracts": (
        "Largest order that sizing may choose, contracts; the limits may cut it."
    ),
    "sizing.current_contracts": "Size with which every trader begins, contracts.",
    "sizing.target_fill_rate": "Share of attempts that should fill.",
    "sizing.size_increase_threshold": "From this fill rate on a larger size is worth a try.",
    "sizing.size_decrease_threshold": "Below this fill rate a smaller size is worth a try.",
    "spreads.buy_location": "Where in the quotes the debit is bid: 0 best for us, 1 natural.",
    "spreads.sell_location": "Where in the quotes the credit is offered: 0 natural, 1 best for us.",
    "spreads.max_spread_width": "Widest vertical, points between its strikes.",
    "spreads.min_credit_threshold": "Least net credit of a pair, $ a share.",
    "spreads.prefer_atm": "Of equal pairs the one nearer to the money is taken.",
    "spreads.rule": "Which credits may complete a debit: any, otm, or safe: none that can lose.",
    "spreads.objective": "What the best pair is: the highest floor, or the highest credit.",
    "spreads.min_payoff_floor": (
        "Least that a pair must pay at any price, $ a share, under rule safe."
    ),
    "spreads.max_loss_usd": "Most that a pair may lose, $, where the rule lets it lose.",
    "spreads.min_days_to_expiry": "Chains with fewer days left are not entered.",
    "spreads.optimal_expiry_range": (
        "Days to expiration of the chains that come first for scarce orders."
    ),
    "spreads.min_volume": "Least volume of a contract.",
    "spreads.min_open_interest": "Least open interest of a contract.",
    "spreads.max_quote_width": "Widest quote of a contract, $ a share.",
    "ladder.settle_s": "Rest after the debit's fill before its credit goes out, s.",
    "ladder.rest_until_s": "Until then the credit rests at its planned price, s from the fill.",
    "ladder.walk_until_s": (
        "Until then it walks toward the market, a tick at a time, s from the fill."
    ),
    "ladder.walk_step_s": "Time between two steps of that walk, s.",
    "ladder.walk_steps": "Most steps of that walk.",
    "ladder.rescan_every_s": "How often another credit is looked for, s.",
    "ladder.rescan_until_s": "Until then another credit may be taken, s from the fill.",
    "ladder.alarm_after_s": "Age of an unhedged unit at which UNHEDGED rings, s from the fill.",
    "ladder.scratch_until_s": "Until then the credit asks what the debit cost, s from the fill.",
    "ladder.operator_until_s": "Until then an open unit is yours to decide, s from the fill.",
    "ladder.concede_max": "Most that a conceded credit gives up, $ a share.",
    "ladder.concede_fraction": "Most that it gives up, as a share of what the debit cost.",
    "ladder.unwind_fraction": "What selling the debit back may lose, as a share of its price.",
    "ladder.unwind_cap": "Never more than this share of its price.",
    "ladder.unwind_steps": "Steps from the middle to the bid while a debit is sold back.",
    "ladder.unwind_step_s": "Time between two of those steps, s.",
    "ladder.force_scratch_before_close_s": "So long before the close any unit may scratch, s.",
    "ladder.unwind_before_close_s": "So long before the close any unit is sold back, s.",
    "ladder.force_balance_at_close": "Whether units are scratched and sold back before the close.",
    "limits.profile": (
        "Whose limits they are: a live account's, or a simulation's, scaled by its traders."
    ),
    "limits.max_contracts": "Largest order, contracts.",
    "limits.max_debit_usd_order": "Dearest debit order, $.",
    "limits.max_debit_usd_chain": "Most money in open and working debits of a chain, $.",
    "limits.max_debit_usd_desk": "Most money in open and working debits of the desk, $.",
    "limits.max_worst_loss_usd_chain": (
        "Most that a chain may lose at any price of the underlying, $."
    ),
    "limits.min_net_edge": "Least net credit of a pair after fees, $ a share.",
    "limits.max_quote_age_s": "Oldest quotes on which a debit is chosen or sent, s.",
    "limits.duplicate_within_s": "The same order again within this time is refused, s.",
    "limits.max_imbalance_chain": "Unhedged contracts from which on a chain enters nothing.",
    "limits.max_imbalance_desk": "Unhedged contracts from which on the desk enters nothing.",
    "limits.max_hung_desk": "Hung units from which on the desk enters nothing.",
    "limits.day_loss_exit_only_usd": "Loss of the day from which on nothing is entered, $.",
    "limits.day_loss_halt_usd": "Loss of the day at which open units are sold back as well, $.",
    "limits.rejects_hold_trader": "Rejects in a row at which a trader is held.",
    "limits.rejects_halt": "Rejects within the window at which all entries halt.",
    "limits.rejects_halt_window_s": "That window, s.",
    "limits.unwinds_exit_only": "Units sold back on a day, from which on nothing is entered.",
    "limits.order_budget_day": "Orders a day, on the month's average.",
    "limits.order_budget_enforced": (
        "Whether debits stop and wait for that budget; a live desk does unless set."
    ),
    "limits.last_debit_before_close_s": "So long before the close no debit goes out, s.",
    "limits.orders_per_minute": (
        "Orders a minute; debits wait, completing orders take what they need."
    ),
    "limits.max_clock_skew_s": "How far our clock may be off before debits stop, s.",
    "limits.order_hard_cap_s": "Longest that a debit can work, whatever its timer says, s.",
    "limits.unknown_after_s": "Time without an answer after which an order counts as unknown, s.",
    "limits.final_ends_within_s": (
        "Most that the end of a session waits for ends that are not final, s."
    ),
    "limits.refuse_assignable": (
        "Whether contracts are not sold that may be exercised early at no loss."
    ),
    "limits.assignment_width_share": (
        "Share of the quoted width that time value must be worth besides."
    ),
    "limits.interest_rate": "Interest on the strike, a fraction a year; early exercise of puts.",
    "fill_rate.min_fill_rate": "A trader that fills less pauses.",
    "fill_rate.window_attempts": "Last attempts that count for it.",
    "fill_rate.judged_from_attempts": "Fewest attempts before it is judged.",
    "fill_rate.pause_s": "How long it pauses, s.",
    "exploration.share": "Share of attempts that tries a neighbouring value of one setting.",
    "simulation.seed": "Decides the whole simulated day.",
    "simulation.fill_model": "How the simulated exchange fills orders.",
    "simulation.calibration": "The fit that `calibrated` fills by; `legdesk calibrate` makes it.",
    "simulation.symbols": "Option roots of a simulated day.",
    "simulation.expirations_per_symbol": "Expirations of each root.",
    "simulation.session_date": "The simulated session; the next one unless set.",
    "simulation.warm_up_until": (
        "Exchange time until which the day runs flat out before the screen."
    ),
    "simulation.speed": "Market seconds a real second.",
    "simulation.fills.by_location": "Chance to fill by where in the quotes a debit is bid.",
    "simulation.fills.by_size": "Factor on that chance by contracts, from 1 on.",
    "simulation.fills.by_phase": "Factor on that chance by phase of the day.",
    "simulation.fills.poor_share": "Share of chains that fill poorly.",
    "simulation.fills.good_share": "Share of chains that fill well.",
    "simulation.fills.poor_factor": "Factor of the poor ones, from and to.",
    "simulation.fills.ordinary_factor": "Factor of the ordinary ones, from and to.",
    "simulation.fills.good_factor": "Factor of the good ones, from and to.",
    "simulation.fills.highest": "No chance is higher.",
    "simulation.fills.reference_s": "Time in which these chances hold, s.",
    "simulation.fills.dead_s": "So long after it arrives an order cannot fill, s.",
    "simulation.fills.review_s": "How often a resting order is judged again, s.",
    "simulation.fills.partial": "Chance that a fill of several contracts is partial.",
    "simulation.fills.credit_ease": "Factor on the chance of a credit.",
    "simulation.fills.credit_chain_power": "How much of a chain's factor its credits feel.",
    "simulation.fills.thin_share": "Share of credits that hardly anybody wants.",
    "simulation.fills.thin_ease": "Their factor.",
    "simulation.fills.nobody_share": "Share of credits that nobody wants.",
    "simulation.fills.interest_lasts_s": "How long such interest stays as it is, s.",
    "simulation.fills.reference_width_c": "Quoted width at which the chances hold, cents.",
    "simulation.fills.drift_bp": "How far the market moves after a fill, basis points.",
    "simulation.fills.drift_location": "How that grows with where in the quotes it filled.",
    "simulation.fills.drift_decays_s": "How fast it is over, s.",
    "simulation.fills.acknowledge_s": "Time to an acknowledgement, s.",
    "simulation.fills.cancel_s": "Time to a cancel's answer, s.",
    "simulation.fills.delay_spread": "How much these times scatter.",
    "simulation.fills.query_s": "Time to a query's answer, s.",
    "simulation.fills.reject": "Chance that an order is rejected.",
    "simulation.fills.late_fill": "Chance that a cancelled order fills all the same.",
    "simulation.fills.late_by_s": "How late it is told, from and to, s.",
    "simulation.fills.duplicate": "Chance that an execution is told twice.",
    "simulation.fills.duplicate_after_s": "How much later the second time, s.",
    "screen.layout": "How the panes of the main screen are laid out at the first start.",
    "screen.bell": "Whether a P1 that wants an answer rings.",
    "screen.refresh_s": "How often the screen looks at the desk, s.",
    "notify.terminal": (
        "Notification of the desktop when an alarm of P1 rises: off, osc9 or osc777."
    ),
    "notify.command": "Program that is run when an alarm of P1 rises, and its arguments.",
    "notify.command_within_s": "Then it is killed, s.",
    "notify.at_most_every_s": "Alarms of P1 within that time are one notification, s.",
    "broker.name": "At which broker an account is traded.",
    "broker.feed": "Quotes of the account: opra, or the indicative ones that are modified.",
    "broker.max_calls_per_min": "Calls a minute to the broker.",
    "broker.keep_raw": "Whether the broker's answers are kept word by word, without keys.",
    "broker.proxy": "Proxy for calls to the broker; empty for none.",
    "broker.account_number": "The account's number at the broker.",
    "broker.first_day_contracts": (
        "Largest debit of a live account until its first orders ended well."
    ),
    "broker.symbols": "Option roots that an account trades.",
    "broker.expirations_per_symbol": "Expirations of each root.",
}
