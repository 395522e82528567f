"""What a campaign changed: members who could have it beside those held out at random.

``statistics`` is plain arithmetic with its sources; ``groups`` asks the database for the sums of
both groups; ``telling`` says what came out, in a sentence.
"""
