"""A campaign over the program's own past: what it would have given, judged as sales are judged.

``happened`` reads sales and refunds in the order in which they happened, in bites; ``judging`` asks
the rules and campaigns what each would have earned, with and without the campaign; ``sums`` adds it
up. ``running`` joins them. All of it only reads.
"""
