"""Every tolerance of the tests, once, with its reason. All are relative to the largest value that is compared.

| name         | value | reason                                                                                |
|--------------|-------|---------------------------------------------------------------------------------------|
| FLOAT64      | 1e-10 | the same formula summed in another order: 1e4 terms x 2^-53, with a margin            |
| FLOAT32      | 1e-4  | the same in float32: 1e3 terms x 2^-24, through three layers                          |
| DIFFERENCE   | 1e-6  | differences of fourth order, h = 1e-4: h^4 and 2^-53 / h are far below, kinks are not |
| SECOND_ORDER | 1e-4  | differences of second order, h = 1e-4: h^2 times curvatures of up to 1e3              |
| ORDER        | 0.2   | a measured factor between two steps: the share of the next order at these steps       |
| CONSTANTS    | 1e-6  | constants of another program in its own digits: e^2 / 4 pi eps_0 is 14.399645 eV A in LAMMPS |
| RELAXED      | 1e-4  | a relaxation stopped at forces of 1e-4 eV/angstrom or less, over stiffnesses of order 1 |
"""

FLOAT64 = 1e-10
FLOAT32 = 1e-4
DIFFERENCE = 1e-6
SECOND_ORDER = 1e-4
ORDER = 0.2
CONSTANTS = 1e-6
RELAXED = 1e-4
