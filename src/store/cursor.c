/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include <glib.h>

#include "store/cursor.h"
