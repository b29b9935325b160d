"""Disclosure control: tables of counts that can be published, and the proof that what is hidden stays so (ADR 0101).

`policy` says what is hidden, `tables` what a release is, `counting` fills it, `suppression` hides, `audit` proves;
`verdict` and `plain` are what is kept. The other modules are the arithmetic. Only `suppression` and `audit` reach the
solver library; a service imports them in a process of its own, where they run.
"""
