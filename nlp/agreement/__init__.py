"""How far two or more readers agree beyond chance."""

from nlp.agreement.statistics import (
    Agreement,
    CodeAgreement,
    cohen_kappa,
    krippendorff_alpha,
    per_code_alpha,
    reading_of_alpha,
)

__all__ = [
    "Agreement",
    "CodeAgreement",
    "cohen_kappa",
    "krippendorff_alpha",
    "per_code_alpha",
    "reading_of_alpha",
]
